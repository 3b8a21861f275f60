#pragma once

#include "core/port/executor.hpp"
#include "core/port/flavour_files.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::fakes {

/// The flavours that the test puts there, all in /flavours.
class FakeFlavourFiles : public core::FlavourFiles {
  public:
    explicit FakeFlavourFiles(core::Executor& loop) : loop_(loop) {}

    void add(const std::string& name, std::optional<std::string> commands,
             std::optional<std::string> script = {}) {
        texts[name] = {name, "/flavours", std::move(commands), std::move(script)};
    }
    void list(core::Reply<std::vector<core::FlavourEntry>> reply) override {
        std::vector<core::FlavourEntry> found;
        for (const auto& [name, text] : texts)
            found.push_back({name, text.directory, text.commands.has_value(), text.script.has_value()});
        loop_.post([reply = std::move(reply), found] { reply(found); });
    }
    void read(std::vector<std::string> wanted, core::Reply<std::vector<core::FlavourText>> reply) override {
        std::vector<core::FlavourText> found;
        std::optional<core::Error> missing;
        for (const std::string& name : wanted) {
            if (texts.contains(name))
                found.push_back(texts.at(name));
            else
                missing = core::error(core::ErrorKind::NotFound, "there is no flavour '" + name + "'");
        }
        loop_.post([reply = std::move(reply), found, missing] { missing ? reply(*missing) : reply(found); });
    }

    std::map<std::string, core::FlavourText> texts;

  private:
    core::Executor& loop_;
};

}  // namespace potd::fakes
