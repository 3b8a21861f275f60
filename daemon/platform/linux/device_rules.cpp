#include "daemon/platform/linux/device_rules.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>

namespace potd::platform {
namespace {

// Registers: r1 the context, r2 type, r3 access, r4 major, r5 minor, r6 scratch.
constexpr int context_register = 1, type_register = 2, access_register = 3, major_register = 4,
              minor_register = 5, scratch = 6;

bpf_insn instruction(int code, int destination, int source, int offset, int immediate) {
    bpf_insn made{};
    made.code = static_cast<__u8>(code);
    made.dst_reg = static_cast<__u8>(destination & 0xf);
    made.src_reg = static_cast<__u8>(source & 0xf);
    made.off = static_cast<__s16>(offset);
    made.imm = immediate;
    return made;
}

bpf_insn load_field(int destination, std::size_t offset) {
    return instruction(BPF_LDX | BPF_MEM | BPF_W, destination, context_register, static_cast<int>(offset), 0);
}

int type_bits(char type) {
    return type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
}

int access_bits(const std::string& access) {
    int bits = 0;
    for (const char letter : access) {
        if (letter == 'm') bits |= BPF_DEVCG_ACC_MKNOD;
        if (letter == 'r') bits |= BPF_DEVCG_ACC_READ;
        if (letter == 'w') bits |= BPF_DEVCG_ACC_WRITE;
    }
    return bits;
}

/// Jumps to the next rule if a register differs; the distance is filled in when the rule is whole.
void require_equal(std::vector<bpf_insn>& rule, int reg, int value) {
    rule.push_back(instruction(BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, value));
}

void require_access_within(std::vector<bpf_insn>& rule, int allowed) {
    rule.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, scratch, access_register, 0, 0));
    rule.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, scratch, 0, 0, ~allowed));
    require_equal(rule, scratch, 0);
}

void answer(std::vector<bpf_insn>& program, int value) {
    program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, value));
    program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

std::vector<bpf_insn> rule_code(const DeviceRule& rule) {
    std::vector<bpf_insn> code;
    require_equal(code, type_register, type_bits(rule.type));
    require_access_within(code, access_bits(rule.access));
    if (rule.major >= 0) require_equal(code, major_register, rule.major);
    if (rule.minor >= 0) require_equal(code, minor_register, rule.minor);
    answer(code, 1);
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at].code == (BPF_JMP32 | BPF_JNE | BPF_K))
            code[at].off = static_cast<__s16>(code.size() - at - 1);
    }
    return code;
}

std::string number_or_star(int number) {
    return number < 0 ? "*" : std::to_string(number);
}

long bpf(int command, bpf_attr& attributes) {
    return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

core::Result<UniqueFd> load_program(const std::vector<bpf_insn>& program) {
    static constexpr char license[] = "BSD";
    bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
    attributes.insn_cnt = static_cast<__u32>(program.size());
    attributes.license = reinterpret_cast<std::uintptr_t>(&license[0]);
    UniqueFd fd(static_cast<int>(bpf(BPF_PROG_LOAD, attributes)));
    if (!fd) return core::os_error(errno, "load the device program");
    return fd;
}

}  // namespace

const std::vector<DeviceRule>& default_device_rules() {
    static const std::vector<DeviceRule> rules{{'c', -1, -1, "m"}, {'b', -1, -1, "m"},   {'c', 1, 3, "rwm"},
                                               {'c', 1, 5, "rwm"}, {'c', 1, 7, "rwm"},   {'c', 1, 8, "rwm"},
                                               {'c', 1, 9, "rwm"}, {'c', 5, 0, "rwm"},   {'c', 5, 1, "rwm"},
                                               {'c', 5, 2, "rwm"}, {'c', 136, -1, "rwm"}};
    return rules;
}

std::string v1_rule(const DeviceRule& rule) {
    return std::string(1, rule.type) + " " + number_or_star(rule.major) + ":" + number_or_star(rule.minor) +
           " " + rule.access;
}

std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules) {
    std::vector<bpf_insn> program{
        load_field(type_register, offsetof(bpf_cgroup_dev_ctx, access_type)),
        load_field(major_register, offsetof(bpf_cgroup_dev_ctx, major)),
        load_field(minor_register, offsetof(bpf_cgroup_dev_ctx, minor)),
        instruction(BPF_ALU | BPF_MOV | BPF_X, access_register, type_register, 0, 0),
        instruction(BPF_ALU | BPF_RSH | BPF_K, access_register, 0, 0, 16),
        instruction(BPF_ALU | BPF_AND | BPF_K, type_register, 0, 0, 0xffff)};
    for (const DeviceRule& rule : rules) {
        const auto code = rule_code(rule);
        program.insert(program.end(), code.begin(), code.end());
    }
    answer(program, 0);
    return program;
}

core::Status apply_v1_device_rules(const std::string& directory, const std::vector<DeviceRule>& rules) {
    if (auto denied = write_existing(directory + "/devices.deny", "a"); !denied) return denied;
    const UniqueFd allow(::open((directory + "/devices.allow").c_str(), O_WRONLY | O_CLOEXEC));
    if (!allow) return core::os_error(errno, "open " + directory + "/devices.allow");
    for (const DeviceRule& rule : rules) {
        const std::string line = v1_rule(rule);
        if (::write(allow.get(), line.data(), line.size()) < 0) {
            return core::os_error(errno, "allow device '" + line + "'");
        }
    }
    return {};
}

core::Status attach_device_program(const std::string& directory, const std::vector<DeviceRule>& rules) {
    auto program = load_program(device_program(rules));
    if (!program) return program.error();
    const UniqueFd group(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!group) return core::os_error(errno, "open " + directory);
    bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = static_cast<__u32>(group.get());
    attributes.attach_bpf_fd = static_cast<__u32>(program->get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    if (bpf(BPF_PROG_ATTACH, attributes) != 0) return core::os_error(errno, "attach the device program");
    return {};
}

}  // namespace potd::platform
