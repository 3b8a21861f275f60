#include "client/text/words.hpp"

#include <optional>

namespace potd::client {
namespace {

constexpr std::string_view blanks = " \t\n";
constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

bool contains(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

Failure needs_a_shell(char c) {
    return usage(std::string("'") + c + "' in the command line would need a shell",
                 "quote it, or give: -- sh -c 'LINE'");
}

class Splitter {
  public:
    explicit Splitter(std::string_view line) : line_(line) {}

    Result<std::vector<std::string>> split() {
        while (at_ < line_.size()) {
            if (auto failure = step(line_[at_++])) return *std::move(failure);
        }
        finish_word();
        return std::move(words_);
    }

  private:
    using Problem = std::optional<Failure>;

    Problem step(char c) {
        if (contains(blanks, c)) {
            finish_word();
            return {};
        }
        if (contains("|&;<>()$`", c)) return needs_a_shell(c);
        in_word_ = true;
        if (c == '\'') return single_quoted();
        if (c == '"') return double_quoted();
        if (c == '\\') return escaped();
        word_ += c;
        return {};
    }

    Problem escaped() {
        if (at_ == line_.size()) return usage("the command line ends in a backslash");
        word_ += line_[at_++];
        return {};
    }

    Problem single_quoted() {
        const std::size_t end = line_.find('\'', at_);
        if (end == std::string_view::npos) return usage("a single quote in the command line is not closed");
        word_ += line_.substr(at_, end - at_);
        at_ = end + 1;
        return {};
    }

    Problem double_quoted() {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '"') return {};
            if (c == '$' || c == '`') return needs_a_shell(c);
            if (c == '\\' && at_ < line_.size() && contains("\"\\$`", line_[at_])) {
                word_ += line_[at_++];
            } else {
                word_ += c;
            }
        }
        return usage("a double quote in the command line is not closed");
    }

    void finish_word() {
        if (in_word_) words_.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }

    std::string_view line_;
    std::size_t at_ = 0;
    std::string word_;
    bool in_word_ = false;
    std::vector<std::string> words_;
};

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
    return Splitter(line).split();
}

std::string quote_word(std::string_view text) {
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

std::string join_words(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        if (!out.empty()) out += ' ';
        out += quote_word(word);
    }
    return out;
}

}  // namespace potd::client
