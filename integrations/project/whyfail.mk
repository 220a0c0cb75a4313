# Builds the image and says why it failed; ends as the build did. Without whyfail it only builds.
IMAGE ?= app
WHYFAIL := $(shell command -v whyfail 2>/dev/null)

.PHONY: image why
image:
	$(if $(WHYFAIL),$(WHYFAIL) run --) docker build --progress=plain -t $(IMAGE) .

# Explains the last failed build, out of BuildKit's history.
why:
	whyfail last
