# Sourced by setup.sh: what asks potd by its document and is no package of the system, below build/contract:
#   venv   schemathesis, from PyPI, as tests/contract/rest/requirements.txt has it, with the checksums there
# Without the network the tests that want it skip and say so.
# shellcheck shell=sh disable=SC2154 # $here is setup.sh's

contract_tools_dir=$here/build/contract
contract_requirements=$here/tests/contract/rest/requirements.txt

install_contract_tools() {
    [ "$(uname -s)" = Linux ] || return 0
    contract_venv=$contract_tools_dir/venv
    if cmp -s "$contract_requirements" "$contract_venv/requirements.txt"; then
        say "schemathesis is there"
        return 0
    fi
    rm -rf -- "$contract_venv"
    mkdir -p "$contract_tools_dir"
    if quietly "installing schemathesis into build/contract" "$here/build/contract.log" fill_contract_venv; then
        cp -- "$contract_requirements" "$contract_venv/requirements.txt"
    else
        rm -rf -- "$contract_venv"
        say "schemathesis could not be installed from PyPI: its tests will skip"
    fi
}

fill_contract_venv() {
    /usr/bin/python3 -m venv "$contract_venv" &&
        "$contract_venv/bin/pip" install --disable-pip-version-check --require-hashes --only-binary :all: \
            -r "$contract_requirements"
}
