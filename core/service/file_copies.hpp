#pragma once

#include "core/port/executor.hpp"
#include "core/port/pot_files.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace potd::core {

/// Copies into pots and out of them. A pot that runs is seen as it sees itself, with its mounts; of one that
/// does not, its own files, and its life stands still meanwhile (Supervisor::hold). Loop thread; replies come
/// later. Common errors: NotFound for an unknown pot, Conflict while it starts, stops or is destroyed, those
/// of PotFiles.
class FileCopies {
  public:
    struct Ports {
        PotFiles& files;
        Supervisor& supervisor;
        PotService& pots;
        Executor& executor;
        std::function<Result<RootFs>(const Pot&)> root;
        std::int64_t max_bytes = 0;  ///< of one copy into a pot; 0: no limit
    };
    explicit FileCopies(Ports ports) : ports_(std::move(ports)) {}
    FileCopies(const FileCopies&) = delete;
    FileCopies& operator=(const FileCopies&) = delete;

    struct Into {
        std::string path;           ///< absolute, an existing directory
        std::string rename;         ///< see CopyIn
        bool make_parents = false;  ///< see CopyIn
    };
    void copy_in(std::string_view pot, const Into& request, std::shared_ptr<PieceSource> archive,
                 const Reply<CopiedIn>& reply);
    /// The archive may be read as slowly as its reader likes, but a pot that does not run cannot start
    /// before it is destroyed.
    void copy_out(std::string_view pot, const std::string& path,
                  const Reply<std::unique_ptr<PieceSource>>& reply);

  private:
    /// `over` is called once the copy has ended.
    using Act = std::function<void(PotPlace place, std::function<void()> over)>;
    using Refuse = std::function<void(Error)>;
    void at_place(const PotPtr& pot, const std::string& path, Act act, Refuse refuse);
    void in_held(const PotPtr& now, const std::string& path, const Act& act, const Refuse& refuse);
    [[nodiscard]] Result<PotPlace> place_in(const Pot& pot, const std::string& path) const;
    void find(std::string_view pot, const std::string& path, Act act, Refuse refuse);

    Ports ports_;
};

}  // namespace potd::core
