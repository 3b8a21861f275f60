#include "tests/unit/api/routes_fixture.hpp"

#include <string>

namespace potd::test {
namespace {

class CloneRoutesTest : public RoutesFixture {
  protected:
    ParsedAnswer clone(const std::string& name, const Json& changes) {
        return call("POST", "/v1/pots/a/clone",
                    {{"name", name}, {"take_snapshot", true}, {"changes", changes}});
    }
};

TEST_F(CloneRoutesTest, AFieldOfTheNewPotIsNamedWhereItStands) {
    create("a");
    expect_problem(clone("b", {{"user", 1}}), 422, "invalid_argument", "changes.user");
    expect_problem(clone("b", {{"colour", nullptr}}), 422, "unknown_field", "changes.colour");
    expect_problem(clone("b", {{"limits", {{"memory", "x"}}}}), 422, "invalid_argument",
                   "changes.limits.memory");
    expect_problem(clone("b", {{"depends_on", {"nobody"}}}), 422, "invalid_argument",
                   "changes.depends_on[0]");
    expect_problem(clone("b", {{"name", "c"}}), 422, "invalid_argument", "changes.name");
    expect_problem(clone("b", 7), 422, "invalid_argument", "changes");
    expect_problem(clone("a", Json::object()), 409, "conflict", "name");
    expect_problem(clone("1", Json::object()), 422, "invalid_argument", "name");
    EXPECT_EQ(json("/v1/pots/a/snapshots")["items"].size(), 0U) << "what is refused takes none";
    EXPECT_EQ(clone("b", {{"name", "b"}}).status, 201);
    expect_problem(call("POST", "/v1/pots/a/clone", {{"name", "d"}, {"snapshot", "none"}}), 404, "not_found",
                   "snapshot");
    expect_problem(call("POST", "/v1/pots/a/rollback", {{"snapshot", "none"}}), 404, "not_found", "snapshot");
}

}  // namespace
}  // namespace potd::test
