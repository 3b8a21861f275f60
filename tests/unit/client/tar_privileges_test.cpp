#include "client/command/tar_privileges.hpp"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace potd::client {
namespace {

std::string padded(std::string content) {
    content.resize((content.size() + 511) / 512 * 512, '\0');
    return content;
}

/// A header of an entry of this type, as tar writes it.
std::string header(char type, unsigned mode, std::size_t size) {
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, int digits, unsigned long number) {
        char text[16];
        (void)std::snprintf(text, sizeof text, "%0*lo", digits, number);
        block.replace(at, static_cast<std::size_t>(digits) + 1, text, static_cast<std::size_t>(digits) + 1);
    };
    block.replace(0, 4, "name");
    put(100, 7, mode);
    put(124, 11, size);
    block[156] = type;
    block.replace(257, 8, std::string("ustar\00000", 8));
    block.replace(148, 8, "        ");
    unsigned long sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    put(148, 6, sum);
    return block;
}

std::string end() {
    return std::string(1024, '\0');
}

std::string dropped(const std::string& archive, std::size_t piece) {
    TarPrivileges privileges;
    std::string out;
    for (std::size_t at = 0; at < archive.size(); at += piece) {
        const auto good = privileges.drop(std::string_view(archive).substr(at, piece), out);
        if (!good) return good.failure().why;
    }
    return out;
}

TEST(TarPrivilegesTest, SetuidAndSetgidGoAndNothingElse) {
    // What looks like a header is content.
    const std::string content = header('0', 06755, 0);
    const auto archive = [&](unsigned file, unsigned directory) {
        return header('0', file, content.size()) + content + header('5', directory, 0) +
               header('2', 0777, 0) + header('0', 0600, 3) + padded("abc") + end();
    };
    for (const std::size_t piece : {1UL, 100UL, 512UL, 100'000UL}) {
        EXPECT_EQ(dropped(archive(04755, 03777), piece), archive(0755, 01777)) << piece;
        EXPECT_EQ(dropped(archive(0644, 01777), piece), archive(0644, 01777)) << piece;
    }
}

TEST(TarPrivilegesTest, TheSizeInARecordIsTheSize) {
    const std::string content = header('0', 06755, 0) + header('0', 06755, 0);
    const std::string records = "30 SCHILY.xattr.user.a=size=1\n13 size=1024\n";
    const auto archive = [&](unsigned mode) {
        return header('x', 0644, records.size()) + padded(records) + header('0', mode, 0) + content +
               header('0', mode, 0) + end();
    };
    for (const std::size_t piece : {1UL, 700UL, 100'000UL})
        EXPECT_EQ(dropped(archive(06755), piece), archive(0755)) << piece;
}

TEST(TarPrivilegesTest, WhatIsNoArchiveIsToldAsSuch) {
    const std::string why = "what came is no archive of tar";
    EXPECT_EQ(dropped(std::string(512, 'x'), 512), why);
    std::string broken = header('0', 04755, 0);
    broken[0] = 'N';
    EXPECT_EQ(dropped(broken, 512), why) << "its sum does not fit";
    for (const char* records : {"9 size=x\n", "99 size=1\n", "size=1\n", "2 size=1\n", "0 size=1\n"}) {
        const std::string archive = header('x', 0644, std::string(records).size()) + padded(records);
        EXPECT_EQ(dropped(archive, 512), why) << records;
    }
}

}  // namespace
}  // namespace potd::client
