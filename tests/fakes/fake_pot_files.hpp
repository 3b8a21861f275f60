#pragma once

#include "core/port/pot_files.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::fakes {

/// Keeps what is copied in, and hands out for every copy what the test put there.
class FakePotFiles : public core::PotFiles {
  public:
    void copy_in(const core::CopyIn& request, std::shared_ptr<core::PieceSource> archive,
                 core::Reply<core::CopiedIn> reply) override {
        copies.push_back(request);
        if (error) return reply(*error);
        if (const auto bad = bad_places.find(request.place.path); bad != bad_places.end())
            return reply(bad->second);
        read(archive, reply);
    }
    void copy_out(const core::PotPlace& place, core::Reply<std::unique_ptr<core::PieceSource>> reply,
                  std::function<void()> over) override {
        places.push_back(place);
        const auto bad = bad_sources.find(place.path);
        if (error || bad != bad_sources.end()) {
            over();
            return reply(error ? *error : bad->second);
        }
        reply(std::unique_ptr<core::PieceSource>(std::make_unique<Pieces>(pieces, std::move(over))));
    }

    std::vector<core::CopyIn> copies;
    std::vector<core::PotPlace> places;
    std::string received;
    std::deque<std::string> pieces;
    std::optional<core::Error> error;
    std::map<std::string, core::Error> bad_places;   ///< where nothing is copied into, by path
    std::map<std::string, core::Error> bad_sources;  ///< what is not copied out, by path

  private:
    class Pieces : public core::PieceSource {
      public:
        Pieces(std::deque<std::string> pieces, std::function<void()> over)
            : pieces_(std::move(pieces)), over_(std::move(over)) {}
        ~Pieces() override { over_(); }
        Pieces(const Pieces&) = delete;
        Pieces& operator=(const Pieces&) = delete;
        void next(Ready ready) override {
            if (pieces_.empty()) return ready(std::optional<std::string>());
            std::string piece = std::move(pieces_.front());
            pieces_.pop_front();
            ready(std::optional<std::string>(std::move(piece)));
        }

      private:
        std::deque<std::string> pieces_;
        std::function<void()> over_;
    };

    void read(const std::shared_ptr<core::PieceSource>& archive, const core::Reply<core::CopiedIn>& reply) {
        archive->next([this, archive, reply](const core::Result<std::optional<std::string>>& piece) {
            if (!piece) return reply(piece.error());
            if (!*piece) return reply(core::CopiedIn{1, static_cast<std::int64_t>(received.size())});
            received += **piece;
            read(archive, reply);
        });
    }
};

}  // namespace potd::fakes
