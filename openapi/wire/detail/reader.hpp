#pragma once

#include "openapi/wire/codec.hpp"
#include "openapi/wire/detail/document.hpp"
#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/value.hpp"

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::wire::detail {

/// Fills structs from Nodes. Stops at the first error. A null leaves what is there.
class Reader {
  public:
    explicit Reader(Mode mode) : mode_(mode) {}

    template <class T>
    void read(Node& node, T& out) {
        if (error_ || node.kind == Node::Kind::Null) return;
        if constexpr (has_fields<T>) {
            object(node, out);
        } else {
            value(node, out);
        }
    }

    template <class T>
    void field(std::string_view name, T& out) {
        if (Node* node = take(name)) nested(name, *node, out);
    }
    template <class T>
    void required(std::string_view name, T& out) {
        Node* node = take(name);
        if (node == nullptr && mode_ == Mode::Patch) return;
        if (node == nullptr || node->kind == Node::Kind::Null) return missing(name);
        nested(name, *node, out);
    }
    template <class T>
    void present(std::string_view name, T& out) {
        field(name, out);
    }
    template <class T>
    void input(std::string_view name, T& out) {
        field(name, out);
    }

    [[nodiscard]] const std::optional<DecodeError>& error() const { return error_; }
    void refuse(const Node& node, std::string_view expected);
    /// Without what is there instead.
    void refuse_unseen(std::string_view expected);

  private:
    /// An object being read: which of its members have been asked for.
    struct Open {
        Node* node;
        std::vector<bool> taken;
    };

    template <class T>
    void object(Node& node, T& out) {
        if constexpr (requires { Fields<T>::text_form(out); }) {
            if (node.kind == Node::Kind::String) {
                Fields<T>::text_form(out) = node.text;
                return;
            }
        }
        if (node.kind != Node::Kind::Object) return refuse(node, "an object");
        Open open{&node, std::vector<bool>(node.members.size(), false)};
        Open* outer = std::exchange(open_, &open);
        Fields<T>::visit(*this, out);
        open_ = outer;
        if (mode_ != Mode::Lenient) refuse_unknown(open);
    }

    template <class T>
    void nested(std::string_view name, Node& node, T& out) {
        const std::size_t length = path_.size();
        if (!path_.empty()) path_ += '.';
        path_ += name;
        read(node, out);
        path_.resize(length);
    }

    template <class T>
    void value(Node& node, std::optional<T>& out) {
        out.emplace();
        read(node, *out);
    }
    template <class T>
    void value(Node& node, std::vector<T>& out) {
        if (node.kind != Node::Kind::Array) return refuse(node, "an array");
        out.assign(node.items.size(), T{});
        // A patch puts the whole list in place of the one there is.
        const Mode outer = std::exchange(mode_, mode_ == Mode::Patch ? Mode::Strict : mode_);
        for (std::size_t i = 0; i < out.size() && !error_; ++i) {
            const std::size_t length = path_.size();
            path_ += '[' + std::to_string(i) + ']';
            if (node.items[i].kind == Node::Kind::Null) refuse(node.items[i], "a value");
            read(node.items[i], out[i]);
            path_.resize(length);
        }
        mode_ = outer;
    }
    template <class T>
    void value(Node& node, std::map<std::string, T>& out) {
        if (node.kind != Node::Kind::Object) return refuse(node, "an object");
        out.clear();
        for (auto& [name, member] : node.members) {
            if (member.kind != Node::Kind::Null) nested(name, member, out[name]);
        }
    }
    void value(Node& node, std::string& out);
    void value(Node& node, bool& out);
    void value(Node& node, double& out);
    void value(Node& node, std::int64_t& out);
    void value(Node& node, std::uint64_t& out);
    void value(Node& node, std::int32_t& out);
    void value(Node& node, std::uint32_t& out);
    void value(Node& node, Loose& out);
    void value(Node& node, AllOrSome& out);
    void value(Node& node, Raw& out);
    void value(Node& node, Pairs& out);
    void value(Node& node, SecretEnv& out);

    Node* take(std::string_view name);
    void missing(std::string_view name);
    void refuse_unknown(const Open& open);

    Mode mode_;
    Open* open_ = nullptr;
    std::string path_;
    std::optional<DecodeError> error_;
};

}  // namespace potd::wire::detail
