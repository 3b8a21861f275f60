#include "client/json/value.hpp"

#include <nlohmann/json.hpp>

namespace potd::client {
namespace {

constexpr std::size_t deepest = 64;

/// Builds a Value from the parser's events; `open_` is the chain of arrays and objects being filled.
class Builder {
  public:
    bool null() { return add({}); }
    bool boolean(bool flag) { return add(flag); }
    bool number_integer(std::int64_t number) { return add(number); }
    bool number_unsigned(std::uint64_t number) { return add(number); }
    bool number_float(double number, const std::string& /*digits*/) { return add(number); }
    bool string(std::string& text) { return add(std::move(text)); }
    bool binary(std::vector<std::uint8_t>& /*bytes*/) { return false; }
    bool start_object(std::size_t /*members*/) { return open(Value::object()); }
    bool start_array(std::size_t /*items*/) { return open(Value::array()); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        keys_.back() = std::move(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::json::exception& /*error*/) {
        position_ = position;
        return false;
    }

    [[nodiscard]] std::size_t position() const { return position_; }
    Value take() { return std::move(root_); }

  private:
    bool add(Value value) {
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (open_.back().is_object()) {
            open_.back().set(keys_.back(), std::move(value));
        } else {
            open_.back().push(std::move(value));
        }
        return true;
    }
    bool open(Value value) {
        if (open_.size() == deepest) return false;
        open_.push_back(std::move(value));
        keys_.emplace_back();
        return true;
    }
    bool close() {
        Value value = std::move(open_.back());
        open_.pop_back();
        keys_.pop_back();
        return add(std::move(value));
    }

    Value root_;
    std::vector<Value> open_;
    std::vector<std::string> keys_;
    std::size_t position_ = 0;
};

}  // namespace

Result<Value> parse_json(std::string_view text) {
    Builder builder;
    if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
    return failed("not a JSON document (near byte " + std::to_string(builder.position()) + ")");
}

}  // namespace potd::client
