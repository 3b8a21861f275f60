// The short texts of requests, options and the configuration. What was accepted and is written again means
// the same.

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/model/event_epochs.hpp"
#include "core/model/hardware_address.hpp"
#include "core/model/ip_address.hpp"
#include "core/model/ip_network.hpp"
#include "core/model/labels.hpp"
#include "core/model/limits.hpp"
#include "core/model/published_port.hpp"
#include "core/model/validate.hpp"
#include "core/pressure/rule.hpp"
#include "tests/fuzz/target.hpp"

namespace potd::fuzz {
namespace {

void read_figures(std::string_view text) {
    if (const auto bytes = core::parse_bytes(text, "field"); bytes) {
        require(core::parse_bytes(core::format_bytes(*bytes), "field").ok(), "a size can be read again");
    }
    if (const auto duration = core::parse_duration(text, "field"); duration) {
        const auto again = core::parse_duration(core::format_duration(*duration), "field");
        require(again && *again == *duration, "a duration is the same again");
    }
    if (const auto time = core::parse_time(text); time) {
        const auto again = core::parse_time(core::format_time(*time));
        require(again && *again == *time, "a time is the same again");
    }
    (void)core::parse_page_size(text, "field");
    (void)core::parse_signal(text, "field");
    (void)core::parse_event_mark(text, "field");
    (void)core::parse_cpu_list(text, 64, "field");
}

void read_addresses(std::string_view text) {
    if (const auto address = core::parse_ip_address(text)) {
        require(core::parse_ip_address(core::to_string(*address)) == *address,
                "an address is the same again");
    }
    if (const auto network = core::parse_ip_network(text, "field"); network) {
        const auto again = core::parse_ip_network(core::to_string(*network), "field");
        require(again && *again == *network, "a network is the same again");
        if (core::host_count(*network) > 0) {
            require(network->contains(core::host_at(*network, 1)), "the first host is in its network");
        }
    }
    if (const auto address = core::parse_interface_address(text, "field"); address) {
        const auto again = core::parse_interface_address(core::to_string(*address), "field");
        require(again && *again == *address, "an interface's address is the same again");
    }
    if (const auto hardware = core::parse_hardware_address(text, "field"); hardware) {
        const auto again = core::parse_hardware_address(core::to_string(*hardware), "field");
        require(again && *again == *hardware, "a hardware address is the same again");
    }
    if (const auto port = core::parse_published_port(text, "field"); port) {
        const auto again = core::parse_published_port(core::to_string(*port), "field");
        require(again && *again == *port, "a port is the same again");
        (void)core::validate({*port});
    }
}

}  // namespace

void read_words(std::string_view input) {
    read_figures(input);
    read_addresses(input);
    (void)core::label_filter_from(input);
    (void)core::parse_detectors(input, "field");
    (void)core::parse_ladder(input, "field");
}

}  // namespace potd::fuzz
