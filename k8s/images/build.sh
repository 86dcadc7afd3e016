#!/usr/bin/env bash
# Builds the images as OCI layouts under target/images, without a registry and without a network:
# static programs, the certificates of this machine, an SBOM of each program, and what the
# Containerfile makes of them. Anybody's docker builds the same from target/images/context.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=x86_64-unknown-linux-gnu
built=${CARGO_TARGET_DIR:-target}/$target/release
images=target/images
context=$images/context
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)

# A libc of its own inside, so that it runs on nothing. With --target the flags are not those of
# build scripts and macros, which have to be dynamic.
RUSTFLAGS='-C target-feature=+crt-static' \
  cargo build --locked --release --target $target --package hub --package workers --bins

rm -rf "$images"
mkdir -p "$context"
cp -L /etc/ssl/certs/ca-certificates.crt "$context"
for program in hub workers; do
  # Names of functions stay, for the traces of panics; line tables are four times the program.
  strip --strip-debug -o "$context/$program" "$built/$program"
  python3 k8s/images/sbom.py "$program" "$target" > "$context/$program.cdx.json"
done
# What was copied is the same for whoever builds it, whatever their umask.
chmod 755 "$context"/{hub,workers}
chmod 644 "$context"/*.{crt,json}

# Nothing is run while it is built, so neither a kernel's help nor any privilege is needed.
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT
for program in hub workers; do
  at="oci:$images/$program:$version"
  own=(--storage-driver vfs --root "$store/root" --runroot "$store/run")
  buildah "${own[@]}" build --quiet --isolation chroot --timestamp 0 --format oci \
    --file k8s/images/Containerfile --target "$program" --tag "$program" "$context" >/dev/null
  buildah "${own[@]}" push --quiet "$program" "$at"
  echo "$at"
done
