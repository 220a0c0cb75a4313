FROM golang:1.20
COPY . .
RUN sleep $((5 - $(date +%s) % 5)) && go build -o /api .
