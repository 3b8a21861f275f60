#include "api/route/log_routes.hpp"

#include "api/convert/records.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/event.hpp"

#include <limits>
#include <memory>

namespace potd::api {
namespace {

struct LogOptions {
    core::LogQuery query;
    bool timestamps = false;
    bool as_json = false;
};

core::Status read_filters(const Query& query, core::LogQuery& out) {
    const auto since = query.time("since");
    if (!since) return since.error();
    out.since = *since;
    const auto stream = query.text("stream");
    if (stream == "stdout") {
        out.stream = core::Stream::Stdout;
    } else if (stream == "stderr") {
        out.stream = core::Stream::Stderr;
    } else if (stream) {
        return core::invalid_field("stream", *stream, "stdout or stderr");
    }
    return {};
}

core::Result<LogOptions> read_options(const Query& query) {
    LogOptions options;
    auto follow = query.flag("follow");
    if (!follow) return std::move(follow).error();
    auto timestamps = query.flag("timestamps");
    if (!timestamps) return std::move(timestamps).error();
    auto tail = query.number("tail", 0, std::numeric_limits<std::uint32_t>::max());
    if (!tail) return std::move(tail).error();
    auto run = query.number("run", 1, std::numeric_limits<std::uint32_t>::max());
    if (!run) return std::move(run).error();
    if (auto read = read_filters(query, options.query); !read) return std::move(read).error();
    options.query.follow = *follow;
    options.timestamps = *timestamps;
    if (*tail) options.query.tail = static_cast<std::size_t>(**tail);
    options.query.run = static_cast<std::uint32_t>((*run).value_or(0));
    return options;
}

/// The lines of a cursor as text or ndjson. Following ends when the live run has.
class LogSource : public BodySource {
  public:
    LogSource(core::PotService& pots, std::unique_ptr<core::LogCursor> cursor, const LogOptions& options)
        : pots_(pots), cursor_(std::move(cursor)), options_(options) {}
    ~LogSource() override { pots_.cancel_wait(wait_); }

    /// Follows until the live run of that pot is over and everything it wrote is in the files.
    void follow(const core::Pot& pot) {
        if (!core::is_live(pot.state)) return cursor_->finish();
        // The reply may be on its way already when the source goes.
        wait_ =
            pots_.wait(pot.id.text, [weak = std::weak_ptr(cursor_)](const core::Result<core::Run>& /*run*/) {
                if (const auto cursor = weak.lock()) cursor->finish();
            });
    }

    void next(Ready ready) override {
        cursor_->next(
            [this, ready = std::move(ready)](const core::Result<std::vector<core::LogLine>>& lines) {
                // The source may be gone once `ready` was called, and this function object with it.
                const Ready tell = ready;
                if (!lines) return tell(lines.error());
                if (lines->empty()) return tell(std::optional<std::string>{});
                tell(std::optional<std::string>(print(*lines)));
            });
    }
    [[nodiscard]] bool endless() const override { return options_.query.follow; }

  private:
    std::string print(const std::vector<core::LogLine>& lines) {
        std::string out;
        for (const core::LogLine& line : lines) {
            options_.as_json ? print_json(out, line) : print_text(out, line);
        }
        return out;
    }

    static void print_json(std::string& out, const core::LogLine& line) {
        out += wire::encode(to_wire(line));
        out += '\n';
    }

    void print_text(std::string& out, const core::LogLine& line) {
        if (options_.timestamps && !goes_on_) {
            out += core::format_time(wall_time(line.time_ns));
            out += ' ';
        }
        out += line.text;
        goes_on_ = line.partial;
        if (!line.partial) out += '\n';
    }

    core::PotService& pots_;
    std::shared_ptr<core::LogCursor> cursor_;
    LogOptions options_;
    bool goes_on_ = false;  ///< the last line printed was partial
    core::PotService::WaitId wait_ = 0;
};

}  // namespace

void LogRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/pots/{name}/logs",
                {core::Role::Operator, Reach::Pot},
                {"follow", "tail", "since", "stream", "timestamps", "run"},
                {},
                {text_type, ndjson_type},
                [this](Exchange& exchange) { get(exchange); }});
}

void LogRoutes::get(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    auto options = value_or_fail(exchange, read_options(exchange.query()));
    if (!options) return;
    options->as_json = exchange.type() == ndjson_type;
    auto cursor = logs_.open(files_.log_directory(pot->id), options->query);
    if (!cursor) return exchange.fail(cursor.error(), name);
    auto source = std::make_unique<LogSource>(pots_, std::move(cursor).value(), *options);
    if (options->query.follow) source->follow(*pot);
    exchange.stream(exchange.type(), std::move(source));
}

}  // namespace potd::api
