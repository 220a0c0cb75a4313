FROM python:3.12-slim
WORKDIR /app
COPY report.py ./
RUN sleep $((6 - $(date +%s) % 6)); python3 report.py
