#include "api/convert/spec_json.hpp"

#include "api/convert/spec.hpp"
#include "openapi/wire/codec.hpp"

namespace potd::api {

std::string encode_spec(const core::PotSpec& spec) {
    return wire::encode(to_wire(spec, SpecForm::Stored));
}

core::Result<core::PotSpec> decode_spec(std::string_view json) {
    wire::PotSpec spec;
    if (const auto problem = wire::decode(json, spec)) {
        core::Error error = core::error(core::ErrorKind::InvalidArgument, problem->message);
        error.field = problem->field;
        return error;
    }
    return to_core(spec);
}

}  // namespace potd::api
