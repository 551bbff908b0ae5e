# The egress router as an image: Node, libnftables1 and the program, nothing else. See deploy/examples for how it is run.

FROM node:24-bookworm-slim AS build
WORKDIR /build
# for the small static programs: native/pause and the CNI plugin
RUN apt-get update -q && apt-get install -qy --no-install-recommends gcc libc6-dev make
# without install scripts: the builder's tools need none, and nothing from the network is executed before it is locked and checked
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json bundle.ts ./
COPY src ./src
COPY bin ./bin
COPY native ./native
RUN npm run build
# koffi is all that the bundle leaves outside, and it has no dependencies but its own binary for this platform; of its package the sources
# for building that binary stay behind
RUN mkdir -p app/dist app/node_modules \
  && cp -r bin package.json app/ \
  && cp -r dist/cli dist/cni dist/native app/dist/ \
  && cp -r node_modules/koffi node_modules/@koromix app/node_modules/ \
  && rm -rf app/node_modules/koffi/lib app/node_modules/koffi/vendor app/node_modules/koffi/doc \
  && chmod -R u=rwX,go=rX app

FROM node:24-bookworm-slim
RUN apt-get update -q \
  && apt-get install -qy --no-install-recommends libnftables1 \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log \
  && ln -s /opt/egress-router/bin/egress-router /usr/local/bin/egress-router
COPY --from=build /build/app /opt/egress-router

# The user is root, as the router needs NET_ADMIN (links, routes, nftables) and NET_RAW (ARP), and Kubernetes gives these to nobody else:
# it has no ambient capabilities for other users, and file capabilities on node would not count under no_new_privs
# (allowPrivilegeEscalation: false), and would arm every script that node runs. Root with all capabilities dropped but these two, no new
# privileges and a read-only root file system is the smaller right. It owns no file outside of the image and writes none.
# As another user: where the runtime gives ambient capabilities (podman run --user 1000 --cap-drop ALL --cap-add NET_ADMIN,NET_RAW does),
# the image works as it is, if the sysctls are set from outside. deploy/examples/README.md says which.
USER 0:0

# with process 1 being the router itself: the launcher is a shell that becomes node
STOPSIGNAL SIGTERM
ENTRYPOINT ["egress-router", "run"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="egress-router" \
  org.opencontainers.image.description="A pod that owns a reserved source address and redirects connections through it" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
