# Sourced by setup.sh: the viewer of the API's document that is compiled into potd, below build/viewer, from npm by the checksums
# of share/viewer/package-lock.json. Nothing of it is run. Without npm or the network potd is built without.
# shellcheck shell=sh disable=SC2154 # $here is setup.sh's

fetch_viewer() {
    viewer_dir=$here/build/viewer
    viewer_lock=$here/share/viewer/package-lock.json
    if cmp -s "$viewer_lock" "$viewer_dir/package-lock.json" && [ -d "$viewer_dir/node_modules/swagger-ui-dist" ]; then
        return 0
    fi
    if ! command -v npm >/dev/null 2>&1; then
        say "there is no npm here: potd is built without the viewer at /docs"
        return 0
    fi
    rm -rf -- "$viewer_dir"
    mkdir -p "$viewer_dir"
    cp -- "$here/share/viewer/package.json" "$viewer_lock" "$viewer_dir"
    if ! quietly "fetching the viewer of the API's document" "$here/build/viewer.log" \
        npm ci --prefix "$viewer_dir" --no-audit --no-fund --ignore-scripts; then
        rm -rf -- "$viewer_dir"
        say "it could not be had: potd is built without the viewer at /docs"
    fi
}
