#include "client/command/apply_plan.hpp"
#include "client/command/editor.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/spec_file.hpp"
#include "client/command/table.hpp"
#include "client/json/difference.hpp"
#include "client/output/yaml_text.hpp"

#include <fstream>
#include <iterator>
#include <optional>

#include <unistd.h>

namespace potd::client {
namespace {

constexpr Option edit_options[] = {
    pot_option,
    {0, "file", "FILE", "no editor: the spec is what this file says", Completes::Files},
};

std::string text_to_edit(const Value& pot) {
    return "# The spec of pot " + pot["name"].text() +
           ". What is taken away is as in a new pot; leave it as it is to change nothing.\n" +
           yaml_text(spec_to_write(pot, true));
}

std::optional<std::string> text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return {};
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// Sends what the file says if it differs from what was there when `pot` was looked at.
Result<int> send_spec(Invocation& invocation, const Value& pot, const std::string& path) {
    const auto spec = read_spec_file(path);
    if (!spec) return spec.failure();
    const std::string& name = pot["name"].text();
    if (same(*spec, spec_to_write(pot, true))) {
        invocation.note("edit: " + name + " is as it was");
        return exit_code::ok;
    }
    const auto changed =
        invocation.api().patch(pot_url(name, "?replace=true"), *spec, pot["version"].integer().value_or(0));
    if (!changed) return changed.failure();
    if (is_up(pot) && needs_restart(differences(pot["spec"], (*changed)["spec"])))
        invocation.note("edit: some of it holds from the next start of " + name + " on");
    return exit_code::ok;
}

Result<int> run_edit(Invocation& invocation) {
    const auto name = invocation.pot();
    if (!name) return name.failure();
    const auto pot = invocation.api().get(pot_url(*name));
    if (!pot) return pot.failure();
    if (const auto file = invocation.value("file")) return send_spec(invocation, *pot, *file);
    const std::string text = text_to_edit(*pot);
    const auto path = write_own_file((*pot)["name"].text(), text);
    if (!path) return path.failure();
    const auto edited = edit_file(*path);
    auto sent = edited ? send_spec(invocation, *pot, *path) : Result<int>(edited.failure());
    // There is nothing to keep where the editor has changed nothing, or taken the file away.
    const auto left = sent ? std::nullopt : text_of(*path);
    if (!left || *left == text) {
        ::unlink(path->c_str());
        return sent;
    }
    sent.failure().hint = "your text is in " + *path + "; potctl edit " + *name + " --file " + *path;
    return sent;
}

}  // namespace

const Command edit_command{
    "edit",
    "",
    Section::Objects,
    Operands::Pot,
    "[-p] POT [--file FILE]",
    "change a pot's spec with an editor",
    "VISUAL, else EDITOR, else vi is run with the spec as YAML. If somebody else has changed the "
    "pot meanwhile, or the new spec is refused, the text is kept and it is said where.",
    edit_options,
    run_edit};

}  // namespace potd::client
