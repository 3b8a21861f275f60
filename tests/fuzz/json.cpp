// The bodies of requests: as each of the wire's structs a client sends, as a whole spec, and as a patch.

#include "api/convert/network.hpp"
#include "api/convert/spec.hpp"
#include "api/convert/spec_json.hpp"
#include "core/model/validate.hpp"
#include "openapi/wire/base.hpp"
#include "openapi/wire/codec.hpp"
#include "openapi/wire/exec.hpp"
#include "openapi/wire/fscomp.hpp"
#include "openapi/wire/network.hpp"
#include "openapi/wire/pot.hpp"
#include "openapi/wire/pot_spec.hpp"
#include "openapi/wire/prune.hpp"
#include "openapi/wire/snapshot.hpp"
#include "openapi/wire/system.hpp"
#include "openapi/wire/token.hpp"
#include "tests/fuzz/target.hpp"

#include <string>

namespace potd::fuzz {
namespace {

/// What was accepted is written as JSON that is accepted, too, and is written the same.
template <class... Structs>
void decode_as(std::string_view json) {
    const auto read = [json]<class T>(T value) {
        if (wire::decode(json, value)) return;
        const std::string text = wire::encode(value);
        T again;
        require(!wire::decode(text, again), "what is written can be read");
        require(wire::encode(again) == text, "what is read is written the same");
    };
    (read(Structs{}), ...);
}

}  // namespace

void read_json(std::string_view input) {
    decode_as<wire::PotSpec, wire::StopRequest, wire::KillRequest, wire::RenameRequest, wire::ExecRequest,
              wire::ExecControl, wire::NetworkRequest, wire::FscompRequest, wire::FscompCloneRequest,
              wire::FscompSettings, wire::SnapshotRequest, wire::RollbackRequest, wire::CloneRequest,
              wire::BaseRequest, wire::BaseUpdate, wire::BaseRollback, wire::PruneRequest, wire::TokenRequest,
              wire::MountSpec, wire::PortSpec, wire::ShutdownRequest>(input);
    wire::NetworkRequest network;
    if (!wire::decode(input, network)) (void)api::to_core(network);
}

void read_spec(std::string_view input) {
    wire::PotSpec wanted;
    if (wire::decode(input, wanted)) return;
    const auto spec = api::to_core(wanted);
    if (!spec) return;
    (void)core::validate(*spec, {});
    const auto stored = api::decode_spec(api::encode_spec(*spec));
    require(stored.ok() && *stored == *spec, "a stored spec is the same spec");
}

/// The object and the patch, with a line's end between them.
void read_patch(std::string_view input) {
    const auto middle = input.find('\n');
    if (middle == std::string_view::npos) return;
    std::string result;
    if (wire::merge_patch(input.substr(0, middle), input.substr(middle + 1), result)) return;
    require(wire::same_json(result, result), "what comes of a patch is JSON");
    wire::PotSpec spec;
    (void)wire::decode(result, spec, wire::Mode::Patch);
}

}  // namespace potd::fuzz
