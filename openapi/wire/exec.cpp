#include "openapi/wire/exec.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<ExecRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("command", s.command);
        v.field("env", s.env);
        v.field("user", s.user);
        v.field("workdir", s.workdir);
        v.field("stdin", s.input);
        v.field("timeout", s.timeout);
        v.field("terminal", s.terminal);
        v.field("rows", s.rows);
        v.field("columns", s.columns);
    }
};

template <>
struct Fields<ExecResult> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("exit_code", s.exit_code);
        v.field("signal", s.signal);
        v.field("stdout", s.output);
        v.field("stderr", s.errors);
        v.field("truncated", s.truncated);
    }
};

template <>
struct Fields<ExecControl> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("type", s.type);
        v.field("rows", s.rows);
        v.field("columns", s.columns);
        v.field("signal", s.signal);
    }
};

template <>
struct Fields<ExecStatus> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("type", s.type);
        v.field("exit_code", s.exit_code);
        v.field("signal", s.signal);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(ExecRequest);
POTD_WIRE_CODEC(ExecResult);
POTD_WIRE_CODEC(ExecControl);
POTD_WIRE_CODEC(ExecStatus);
}  // namespace potd::wire
