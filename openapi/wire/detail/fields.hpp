#pragma once

#include <type_traits>

namespace potd::wire::detail {

/// Fields<T>::visit(v, value) calls v.field(name, member) or v.required(name, member) once for each
/// field, in wire order. That one listing is the writer, the strict reader and the contract test's
/// list of names. With text_form(value), a string, such an object may also be written as a string.
template <class T>
struct Fields;

template <class T, class = void>
inline constexpr bool has_fields = false;
template <class T>
inline constexpr bool has_fields<T, std::void_t<decltype(sizeof(Fields<T>))>> = true;

}  // namespace potd::wire::detail
