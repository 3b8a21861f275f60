# Input: "file:line:#include ..." ; table: see table.txt. Prints one line per forbidden include.

function trim(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }

function starts_with(text, prefix) { return text == prefix || index(text, prefix "/") == 1 }

# The class of an <angle> header; "other" is allowed nowhere.
function class_of(header) {
    if (header ~ /^boost\//) return "boost"
    if (header ~ /^nlohmann\//) return "json"
    if (header ~ /^spdlog\//) return "spdlog"
    if (header ~ /^fmt\//) return "spdlog"
    if (header ~ /^yaml-cpp\//) return "yaml"
    if (header ~ /^sqlite3/) return "sqlite"
    if (header ~ /^archive(_entry)?\.h$/) return "archive"
    if (header ~ /^seccomp/) return "seccomp"
    if (header ~ /^openssl\//) return "openssl"
    if (header ~ /^(gtest|gmock)\//) return "gtest"
    if (header ~ /^[a-z_0-9]+$/) return "std"
    if (header ~ /^[a-z_0-9]+(\/[a-z_0-9]+)*\.h$/) return "os"
    return "other"
}

function row_of(file,    i) {
    for (i = 1; i <= rows; i++) if (starts_with(file, folder[i])) return i
    return 0
}

function project_allowed(row, header,    i, n, parts) {
    n = split(projects[row], parts, " ")
    for (i = 1; i <= n; i++) if (starts_with(header, parts[i])) return 1
    return 0
}

function class_allowed(row, class) { return class == "std" || index(" " classes[row] " ", " " class " ") > 0 }

# Input, output and threads of the standard library are not for the rules.
function impure(header) { return header ~ /^(iostream|fstream|filesystem|thread|mutex|condition_variable|future)$/ }

function complain(why) { print where ": " folder[row] " may not include " shown " (" why ")" }

function check_quoted(header) {
    if (header !~ /\//) complain("includes are written from the root of the tree")
    else if (!project_allowed(row, header)) complain("tests/layering/table.txt")
}

function check_angle(header) {
    if (!class_allowed(row, class_of(header))) complain("tests/layering/table.txt, class " class_of(header))
    else if (starts_with(folder[row], "core") && impure(header)) complain("core neither waits nor writes")
}

BEGIN {
    while ((getline line < table) > 0) {
        if (line ~ /^#/ || trim(line) == "") continue
        split(line, column, "|")
        rows++
        folder[rows] = trim(column[1]); projects[rows] = trim(column[2]); classes[rows] = trim(column[3])
    }
    if (rows == 0) print table ": empty or missing"
}

{
    split($0, part, ":")
    where = part[1] ":" part[2]
    text = substr($0, length(where) + 2)
    row = row_of(part[1])
    if (row == 0) { print where ": folder is not in tests/layering/table.txt"; next }
    if (match(text, /"[^"]+"/)) { shown = substr(text, RSTART, RLENGTH); check_quoted(substr(shown, 2, RLENGTH - 2)) }
    else if (match(text, /<[^>]+>/)) { shown = substr(text, RSTART, RLENGTH); check_angle(substr(shown, 2, RLENGTH - 2)) }
    else { shown = text; complain("a computed include cannot be checked") }
}
