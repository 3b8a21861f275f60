#include "core/model/shell_words.hpp"

#include <utility>

namespace potd::core {
namespace {

bool is_among(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

Error bad_words(std::string why) {
    return error(ErrorKind::InvalidArgument, std::move(why));
}

Error needs_shell(char c) {
    return bad_words(std::string("'") + c + "' would need a shell; quote it");
}

class WordSplitter {
  public:
    explicit WordSplitter(std::string_view line) : line_(line) {}

    Result<std::vector<std::string>> split() {
        while (at_ < line_.size()) {
            if (Status stepped = step(line_[at_++]); !stepped) return std::move(stepped).error();
        }
        finish_word();
        return std::move(words_);
    }

  private:
    Status step(char c) {
        if (is_among(" \t\r\n", c)) {
            finish_word();
            return {};
        }
        if (is_among("|&;<>()$`", c)) return needs_shell(c);
        in_word_ = true;
        if (c == '\'') return single_quoted();
        if (c == '"') return double_quoted();
        if (c == '\\') return escaped();
        word_ += c;
        return {};
    }

    Status escaped() {
        if (at_ == line_.size()) return bad_words("the line ends in a backslash");
        word_ += line_[at_++];
        return {};
    }

    Status single_quoted() {
        const std::size_t end = line_.find('\'', at_);
        if (end == std::string_view::npos) return bad_words("a single quote is not closed");
        word_ += line_.substr(at_, end - at_);
        at_ = end + 1;
        return {};
    }

    Status double_quoted() {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '"') return {};
            if (c == '$' || c == '`') return needs_shell(c);
            if (c == '\\' && at_ < line_.size() && is_among("\"\\$`", line_[at_]))
                word_ += line_[at_++];
            else
                word_ += c;
        }
        return bad_words("a double quote is not closed");
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
    return WordSplitter(line).split();
}

}  // namespace potd::core
