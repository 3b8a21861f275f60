#include "api/route/files_routes.hpp"

#include "api/route/reply.hpp"
#include "openapi/wire/files.hpp"

#include <charconv>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace potd::api {
namespace {

/// The archive of a copy as the body of an answer.
class ArchiveBody final : public BodySource {
  public:
    explicit ArchiveBody(std::unique_ptr<core::PieceSource> pieces) : pieces_(std::move(pieces)) {}
    void next(Ready ready) override { pieces_->next(std::move(ready)); }
    /// By the pot, which may not start before.
    [[nodiscard]] bool is_waited_for() const override { return true; }

  private:
    std::unique_ptr<core::PieceSource> pieces_;
};

/// The body of a request as the archive of a copy, until that is cancelled.
class SentArchive final : public core::PieceSource, public std::enable_shared_from_this<SentArchive> {
  public:
    using Took = std::function<void(std::int64_t bytes)>;
    SentArchive(std::unique_ptr<RequestBody> body, Took took)
        : body_(std::move(body)), took_(std::move(took)) {}

    void next(Ready ready) override {
        if (!body_) return ready(cancelled());
        ready_ = std::move(ready);
        body_->next([weak = weak_from_this()](core::Result<std::optional<std::string>> piece) {
            if (const auto self = weak.lock()) self->come(std::move(piece));
        });
    }
    void cancel() {
        body_.reset();
        if (const Ready ready = std::exchange(ready_, {})) ready(cancelled());
    }

  private:
    static core::Error cancelled() {
        return core::error(core::ErrorKind::Cancelled, "the copy was cancelled");
    }
    void come(core::Result<std::optional<std::string>> piece) {
        if (piece && *piece) took_(taken_ += static_cast<std::int64_t>((*piece)->size()));
        if (const Ready ready = std::exchange(ready_, {})) ready(std::move(piece));
    }

    std::unique_ptr<RequestBody> body_;  ///< null: cancelled
    Took took_;
    Ready ready_;
    std::int64_t taken_ = 0;
};

core::Result<std::string> read_path(const Query& query) {
    const auto path = query.text("path");
    if (path && !path->empty()) return std::string(*path);
    return bad_field("path", "path: expected an absolute path inside the pot");
}

core::Result<core::FileCopies::Into> read_into(const Query& query) {
    core::FileCopies::Into into;
    auto path = read_path(query);
    if (!path) return std::move(path).error();
    auto parents = query.flag("parents");
    if (!parents) return std::move(parents).error();
    into.path = std::move(path).value();
    into.rename = query.text("rename").value_or("");
    into.make_parents = *parents;
    return into;
}

/// Of the body; nothing if the client does not say.
std::optional<std::int64_t> length_of(const Request& request) {
    const auto header = request.header("Content-Length");
    std::int64_t length = 0;
    if (!header) return std::nullopt;
    const auto end = header->data() + header->size();
    const auto read = std::from_chars(header->data(), end, length);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return length;
}

}  // namespace

void FilesRoutes::add_to(Router& router) {
    const std::string place = "/v1/pots/{name}/files";
    const Access access{core::Role::Developer, Reach::Pot};
    router.add({Method::Get, place, access, {"path"}, {}, {tar_type}, [this](Exchange& exchange) {
                    get(exchange);
                }});
    Route route{Method::Put,
                place,
                access,
                {"path", "parents", "rename"},
                {tar_type, "application/octet-stream"},
                {json_type},
                [this](Exchange& exchange) { put(exchange); },
                core::OperationKind::CopyIn};
    route.streams_body = true;
    router.add(std::move(route));
}

void FilesRoutes::get(Exchange& exchange) {
    const auto path = value_or_fail(exchange, read_path(exchange.query()));
    if (!path) return;
    const std::string pot(exchange.parameter(0));
    const Later later = exchange.later();
    copies_.copy_out(pot, *path, [later, pot](core::Result<std::unique_ptr<core::PieceSource>> archive) {
        if (!archive) return later.fail(archive.error(), pot);
        later.stream(tar_type, std::make_unique<ArchiveBody>(std::move(archive).value()));
    });
}

void FilesRoutes::put(Exchange& exchange) {
    const auto into = value_or_fail(exchange, read_into(exchange.query()));
    if (!into) return;
    const std::string pot(exchange.parameter(0));
    const auto answer = [](const Later& later, const core::CopiedIn& copied) {
        answer_json(later, wire::CopiedIn{copied.entries, copied.bytes});
    };
    const std::string operation = exchange.operation();
    const auto archive = std::make_shared<SentArchive>(
        exchange.body(), [this, operation, total = length_of(exchange.request())](std::int64_t bytes) {
            operations_.set_progress(operation, {bytes, total, "bytes", "unpacks the archive"});
        });
    operations_.set_cancel(operation, [weak = std::weak_ptr(archive)] {
        if (const auto sent = weak.lock()) sent->cancel();
    });
    copies_.copy_in(pot, *into, archive, on_reply<core::CopiedIn>(exchange.later(), pot, answer));
}

}  // namespace potd::api
