#include "client/command/spec_documents.hpp"

#include "client/command/spec_file.hpp"
#include "client/output/json_text.hpp"
#include "client/output/yaml_text.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::client {
namespace {

using testing::HasSubstr;

class SpecDocumentsTest : public testing::Test {
  protected:
    std::string write(const std::string& name, const std::string& text) {
        const std::filesystem::path path = directory_ / name;
        std::ofstream(path) << text;
        return path;
    }
    /// The names in order, "a b c", or why not.
    static std::string names(const Result<std::vector<SpecDocument>>& documents) {
        if (!documents) return documents.failure().why;
        std::string text;
        for (const auto& one : *documents) text += (text.empty() ? "" : " ") + one.name();
        return text;
    }
    std::string ordered(const std::string& yaml) {
        auto documents = read_spec_documents(write("pots.yaml", yaml));
        return documents ? names(in_order(std::move(*documents))) : documents.failure().why;
    }

    test::TempDir directory_{"potd-specs"};
};

TEST_F(SpecDocumentsTest, ReadsSeveralDocumentsAndLists) {
    EXPECT_EQ(names(read_spec_documents(write("a.yaml", "name: a\n---\n- name: b\n- {name: c}\n---\n"))),
              "a b c");
    EXPECT_EQ(names(read_spec_documents(write("a.json", R"([{"name": "a"}, {"name": "b"}])"))), "a b");
}

TEST_F(SpecDocumentsTest, ReadsADirectoryInTheOrderOfItsNames) {
    write("2.yml", "name: b");
    write("1.json", R"({"name":"a"})");
    write("3.yaml", "name: c");
    write("README.md", "not a spec");
    EXPECT_EQ(names(read_spec_documents((directory_ / ".").string())), "a b c");
}

TEST_F(SpecDocumentsTest, SaysWhatIsWrongAndWhere) {
    EXPECT_THAT(names(read_spec_documents(write("a.yaml", "name: a\n---\nbase: host\n"))),
                HasSubstr("a.yaml (2): the spec has no name"));
    EXPECT_THAT(names(read_spec_documents(write("a.yaml", "- name: a\n- 5\n"))),
                HasSubstr("a.yaml [2]: neither"));
    EXPECT_THAT(names(read_spec_documents(write("a.yaml", "name: a\nlabels: [x]\n"))), HasSubstr("labels"));
    EXPECT_THAT(names(read_spec_documents(write("a.yaml", ""))), HasSubstr("no spec is in it"));
    std::filesystem::create_directory(directory_ / "empty");
    EXPECT_THAT(names(read_spec_documents((directory_ / "empty").string())), HasSubstr("no *.yaml"));
    EXPECT_THAT(names(read_spec_documents((directory_ / "none").string())), HasSubstr("No such file"));
}

TEST_F(SpecDocumentsTest, PutsEachBehindWhatItNeeds) {
    EXPECT_EQ(ordered("- {name: a, depends_on: [c, x]}\n- {name: b, parent: a}\n- {name: c}\n"), "c a b");
    EXPECT_EQ(ordered("- {name: a}\n- {name: b}\n"), "a b");
}

TEST_F(SpecDocumentsTest, RefusesCirclesAndDoubles) {
    EXPECT_THAT(ordered("- {name: a, depends_on: [b]}\n- {name: b, depends_on: [a]}\n"),
                HasSubstr("depends on itself"));
    EXPECT_THAT(ordered("- {name: a}\n- {name: a}\n"), HasSubstr("stands in"));
}

TEST_F(SpecDocumentsTest, WritesASpecWithoutWhatSaysNothing) {
    const auto pot =
        parse_json(R"({"spec":{"name":"web","user":null,"command":["sleep","inf"],"env":{},"hosts":[],
        "limits":{"memory":1,"swap":null,"best_effort":{"fields":[]}},"mounts":[{"dir":"/a","size":null}],"level":0,
        "prunable":false,"labels":{"potd.apply":"default"}}})");
    ASSERT_TRUE(pot);
    EXPECT_EQ(
        compact_json(spec_to_write(*pot, false)),
        R"({"name":"web","command":["sleep","inf"],"limits":{"memory":1},"mounts":[{"dir":"/a"}],"level":0,)"
        R"("prunable":false})");
    EXPECT_THAT(compact_json(spec_to_write(*pot, true)), HasSubstr("potd.apply"));
}

TEST_F(SpecDocumentsTest, WhatIsWrittenIsReadAsItWas) {
    const auto pot = parse_json(R"({"spec":{"name":"0123","env":{"A":"yes","B":"1.5","C":"x: y # z","D":""},
        "command":["/bin/sh","-c","echo \"a\"\nexit 3"],"limits":{"cpus":1.5}}})");
    ASSERT_TRUE(pot);
    const Value spec = spec_to_write(*pot, false);
    const auto again = parse_yaml(yaml_text(spec));
    ASSERT_TRUE(again);
    EXPECT_EQ(compact_json(*again), compact_json(spec));
}

}  // namespace
}  // namespace potd::client
