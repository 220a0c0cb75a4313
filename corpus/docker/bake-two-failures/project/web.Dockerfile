FROM golang:1.20
WORKDIR /src
COPY . .
USER 1000
RUN sleep $((5 - $(date +%s) % 5)) && go build -o /tmp/web .
