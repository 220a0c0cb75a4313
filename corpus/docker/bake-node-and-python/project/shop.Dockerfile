FROM node:22-slim
WORKDIR /app
COPY package.json ./
RUN sleep $((6 - $(date +%s) % 6)); npm run build
