# An image that holds nothing but whyfail:
#
#   docker build -t whyfail .
#   docker run -i --rm whyfail < build.log
#   docker run --rm -v "$PWD:/logs" whyfail build.log
#
# The first stage needs Rust and a C linker; another image with both: --build-arg RUST=...

ARG RUST=rust:1-slim
FROM ${RUST} AS build
WORKDIR /src
COPY . .
# The C library is linked into the program, for whatever processor this is. The second folder of the image is for
# archives, which may need room to be opened.
RUN host="$(rustc -vV | sed -n 's/^host: //p')" \
    && RUSTFLAGS="-C target-feature=+crt-static" CARGO_PROFILE_RELEASE_STRIP=true \
       cargo build --release --locked --bin whyfail --target "$host" \
    && mkdir -p /image/usr/bin /image/tmp \
    && chmod 1777 /image/tmp \
    && mv "target/$host/release/whyfail" /image/usr/bin/

FROM scratch
COPY --from=build /image /
WORKDIR /logs
ENTRYPOINT ["/usr/bin/whyfail"]
