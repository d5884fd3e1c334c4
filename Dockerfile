FROM node:24-slim

WORKDIR /app
COPY package.json package-lock.json ./
# No script: npm's package `node` would bring a second Node, and the image has one.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts
COPY bin bin
COPY src src
# `docker compose exec imports-1 imports status`
RUN ln -s /app/bin/imports /usr/local/bin/imports

# For the embedded stores, where no EVENTSTORE_URL or MONGODB_URL is given, and for the files of imports under way. The second is for a
# volume of images' bytes that nodes share (BLOBS_URL=file:///blobs): a new one takes its owner from here. Nothing else is written to.
RUN install --directory --owner=node --group=node /data /blobs
VOLUME /data
# `node`, by its number: Kubernetes tells from that alone that it is not root.
USER 1000:1000

ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data MALLOC_ARENA_MAX=2
# Not 3001, where operators' facts are: `docker run -P` publishes what stands here.
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# As `npm start` has it, without npm between Docker and the process that it stops.
CMD ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=16", "--heap-growing-percent=40", "src/start.js"]
