# Sourced by setup.sh: what asks potd by its document and is no package of the system, below build/contract:
#   venv   schemathesis and openapi-python-client, from PyPI, as tests/contract/rest/requirements.txt has them
#   npm    openapi-typescript and what it wants, from npm, as tests/contract/rest/clients/package-lock.json has it
# Both by the checksums there.
# Without the network the tests that want it skip and say so.
# shellcheck shell=sh disable=SC2154 # $here is setup.sh's

contract_tools_dir=$here/build/contract
contract_rest=$here/tests/contract/rest

install_contract_tools() {
    [ "$(uname -s)" = Linux ] || return 0
    contract_tool venv PyPI "$contract_rest/requirements.txt" fill_contract_venv
    if command -v npm >/dev/null 2>&1; then
        contract_tool npm npm "$contract_rest/clients/package-lock.json" fill_contract_npm
    else
        say "there is no npm here: the client in TypeScript will not be tried"
    fi
}

# contract_tool FOLDER WHENCE LIST COMMAND : filled by the command unless it was, by this list.
contract_tool() {
    contract_folder=$contract_tools_dir/$1
    if cmp -s "$3" "$contract_folder/filled-by"; then
        say "build/contract/$1 is there"
        return 0
    fi
    rm -rf -- "$contract_folder"
    mkdir -p "$contract_tools_dir"
    if quietly "filling build/contract/$1 from $2" "$here/build/contract-$1.log" "$4"; then
        cp -- "$3" "$contract_folder/filled-by"
    else
        rm -rf -- "$contract_folder"
        say "nothing could be had from $2: the tests that want build/contract/$1 will skip"
    fi
}

fill_contract_venv() {
    /usr/bin/python3 -m venv "$contract_folder" &&
        "$contract_folder/bin/pip" install --disable-pip-version-check --require-hashes --only-binary :all: \
            -r "$contract_rest/requirements.txt"
}

fill_contract_npm() {
    mkdir -p "$contract_folder" &&
        cp -- "$contract_rest/clients/package.json" "$contract_rest/clients/package-lock.json" "$contract_folder" &&
        npm ci --prefix "$contract_folder" --no-audit --no-fund --ignore-scripts
}
