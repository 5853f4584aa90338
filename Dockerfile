# cadre as a server: `docker build -t cadre . && docker run -p 5060:5060 -v cadre:/data cadre`.
FROM node:22-slim AS build
WORKDIR /src
COPY . .
RUN npx --yes bun@1.4.5 install --frozen-lockfile && npx --yes bun@1.4.5 build.ts && mkdir /data

# It has what the executable needs, and nothing else: no shell, no package manager. Programs in Python and Bash do
# not run in it; JavaScript, TypeScript and SQL do.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/dist/cadre /usr/local/bin/cadre
COPY --from=build --chown=nonroot /data /data
ENV CADRE_HOME=/data
VOLUME /data
EXPOSE 5060
HEALTHCHECK CMD ["/usr/local/bin/cadre", "status", "--json"]
ENTRYPOINT ["/usr/local/bin/cadre"]
CMD ["--http", "5060", "--host", "0.0.0.0"]
