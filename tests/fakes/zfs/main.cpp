// A stand-in for zfs(8) and zpool(8) for machines without them: the commands and options that potd and its
// tests use, on directories that are bind-mounted. It is who it is called as. Its pools are in the directory
// "store" beside the program, or beside a link to it: a link of one's own is a machine of one's own. There
// also:
//   store/calls  a line for each call that was made, for tests that count them
//   store/cut    a number N: after N more calls that change something every call fails, as if potd had been
//                killed there and nothing had been called any more; store/was-cut is there if one has

#include "tests/fakes/zfs/commands.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace potd::fakes::zfs;

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// The pool is locked by the caller.
void count(const fs::path& store, const std::vector<std::string>& words) {
    std::ofstream(store / "calls", std::ios::app) << joined(words) << '\n';
    std::ifstream file(store / "cut");
    unsigned left = 0;
    if (!(file >> left)) return;
    file.close();
    if (left == 0) {
        const std::ofstream made(store / "was-cut");
        throw Failure("cut here");
    }
    if (!words.empty() && words.front() != "list") std::ofstream(store / "cut") << left - 1 << '\n';
}

int run(const fs::path& program, const std::vector<std::string>& words) {
    const fs::path store = program.parent_path() / "store";
    // Before the pool is locked: whoever sends needs it, too.
    std::string input;
    if (!words.empty() && words.front() == "receive")
        input.assign(std::istreambuf_iterator<char>(std::cin), {});
    Pool pool(store);
    try {
        const bool zfs = program.filename() == "zfs";
        if (zfs) count(store, words);
        zfs ? run_zfs(pool, words, input) : run_zpool(pool, words);
        pool.save();
        return 0;
    } catch (const Failure& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    } catch (const WrongUsage& wrong) {
        const std::string command = words.empty() ? "command" : words.front();
        std::cerr << wrong.what() << "\nusage:\n\t" << command << " args ...\n\n"
                  << "For the property list, run: zfs set|get\n";
        return 2;
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(fs::absolute(argv[0]), {argv + 1, argv + argc});
    } catch (const std::exception& problem) {
        std::cerr << "internal error: " << problem.what() << '\n';
        return 3;
    }
}
