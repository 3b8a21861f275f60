#pragma once

// The definitions behind codec.hpp. Each resource's .cpp lists its fields, includes this last and
// instantiates the three templates for its structs.

#include "openapi/wire/detail/names.hpp"
#include "openapi/wire/detail/reader.hpp"
#include "openapi/wire/detail/writer.hpp"

namespace potd::wire {

template <class T>
std::string encode(const T& value) {
    std::string out;
    detail::Writer(out).write(value);
    return out;
}

template <class T>
std::optional<DecodeError> decode(std::string_view json, T& out, Mode mode) {
    detail::Node root;
    if (auto error = detail::parse(json, root)) return error;
    detail::Reader reader(mode);
    if (root.kind != detail::Node::Kind::Object) {
        reader.refuse(root, "an object");
    } else {
        reader.read(root, out);
    }
    return reader.error();
}

template <class T>
std::vector<FieldInfo> fields_of() {
    detail::Names names;
    const T value{};
    detail::Fields<T>::visit(names, value);
    return names.take();
}

}  // namespace potd::wire

// A macro because explicit instantiation of three templates has no other short form.
// NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in them
#define POTD_WIRE_CODEC(Type)                                                        \
    template std::string encode<Type>(const Type&);                                  \
    template std::optional<DecodeError> decode<Type>(std::string_view, Type&, Mode); \
    template std::vector<FieldInfo> fields_of<Type>()
// NOLINTEND(bugprone-macro-parentheses)
