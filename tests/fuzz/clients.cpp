// What potctl reads: answers of whatever listens there, and the files of its user.

#include "client/command/spec_file.hpp"
#include "client/http/endpoint.hpp"
#include "client/http/message.hpp"
#include "client/json/value.hpp"
#include "client/text/figures.hpp"
#include "tests/fuzz/target.hpp"

#include <string>

namespace potd::fuzz {

void read_answer(std::string_view input) {
    (void)client::parse_head(input);
    (void)client::parse_json(input);
    (void)client::parse_endpoint(input);
    (void)client::parse_time(input);
    (void)client::parse_duration(input);
    (void)client::parse_since(input, 1'700'000'000);
}

void read_documents(std::string_view input) {
    (void)client::parse_yaml_documents(std::string(input));
}

}  // namespace potd::fuzz
