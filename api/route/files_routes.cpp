#include "api/route/files_routes.hpp"

#include "api/route/reply.hpp"
#include "openapi/wire/files.hpp"

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

/// The body of a request as the archive of a copy.
class SentArchive final : public core::PieceSource {
  public:
    explicit SentArchive(std::unique_ptr<RequestBody> body) : body_(std::move(body)) {}
    void next(Ready ready) override { body_->next(std::move(ready)); }

  private:
    std::unique_ptr<RequestBody> body_;
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

}  // namespace

void FilesRoutes::add_to(Router& router) {
    const std::string place = "/v1/pots/{name}/files";
    router.add({Method::Get, place, {"path"}, {}, {tar_type}, [this](Exchange& exchange) { get(exchange); }});
    Route route{Method::Put,
                place,
                {"path", "parents", "rename"},
                {tar_type, "application/octet-stream"},
                {json_type},
                [this](Exchange& exchange) { put(exchange); }};
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
    copies_.copy_in(pot, *into, std::make_shared<SentArchive>(exchange.body()),
                    on_reply<core::CopiedIn>(exchange.later(), pot, answer));
}

}  // namespace potd::api
