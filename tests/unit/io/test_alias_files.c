/* SPDX-License-Identifier: Apache-2.0 */
/* Every test runs in a folder of its own, which is HOME or what the variables name. */
#include "io/alias_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { PATH_LEN = 256 };

/* A fresh folder, and an environment without anything of ours. */
typedef struct place {
    char folder[PATH_LEN];
} place;

static const char *const variables[] = {"NMSG_OPALIAS_FILE", "NMSG_GRALIAS_FILE",
                                        "NMSG_CHALIAS_FILE", "XDG_CONFIG_HOME", "HOME"};

static place
place_make(void)
{
    place p = {.folder = "/tmp/nm-alias-XXXXXX"};
    bool is_made = mkdtemp(p.folder) != NULL;
    CHECK_OR_EXIT(is_made);
    for (size_t i = 0; i < CHECK_COUNT(variables); i++) {
        CHECK_EQ(unsetenv(variables[i]), 0);
    }
    return p;
}

/* Path of something in the folder, in storage that the next calls but three overwrite. */
static const char *
path_of(const place *p, const char *name)
{
    static char paths[4][2 * PATH_LEN];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", p->folder, name);
    return path;
}

static void
put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    CHECK_OR_EXIT(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK_EQ(fclose(file), 0);
}

static void
check_paths(nm_alias_kind kind, const char *const *expected, size_t count)
{
    nm_alias_paths paths = {.count = 0};
    CHECK_EQ(nm_alias_paths_list(kind, &paths, NULL), NM_OK);
    CHECK(paths.count >= count);
    for (size_t i = 0; i < count && i < paths.count; i++) {
        CHECK_TEXT(paths.paths[i], strlen(paths.paths[i]), expected[i]);
    }
    /* What is left is in the folder of the build. */
    size_t names = kind == NM_ALIAS_CHANNEL ? 2 : 1;
    CHECK(paths.count == count || paths.count == count + names);
    nm_alias_paths_clear(&paths);
    CHECK_EQ(paths.count, 0);
}

static void
places_are_listed_in_order(void)
{
    place p = place_make();
    static const char *const operators[] = {"/x/nmsg/nmsg.opalias", "/etc/nmsg.opalias",
                                            "/usr/local/etc/nmsg.opalias"};
    static const char *const groups[] = {"/h/.config/nmsg/nmsg.gralias", "/etc/nmsg.gralias",
                                         "/usr/local/etc/nmsg.gralias"};
    static const char *const channels[] = {"/h/.config/nmsg/nmsg.chalias",
                                           "/h/.config/nmsg/nmsgtool.chalias",
                                           "/etc/nmsg.chalias",
                                           "/etc/nmsgtool.chalias",
                                           "/usr/local/etc/nmsg.chalias",
                                           "/usr/local/etc/nmsgtool.chalias"};
    CHECK_CASE("nobody's home");
    check_paths(NM_ALIAS_OPERATOR, operators + 1, 2);
    CHECK_CASE("empty home");
    setenv("HOME", "", 1);
    check_paths(NM_ALIAS_OPERATOR, operators + 1, 2);
    CHECK_CASE("home");
    setenv("HOME", "/h", 1);
    check_paths(NM_ALIAS_GROUP, groups, 3);
    CHECK_CASE("two names for channels");
    check_paths(NM_ALIAS_CHANNEL, channels, 6);
    CHECK_CASE("empty XDG_CONFIG_HOME");
    setenv("XDG_CONFIG_HOME", "", 1);
    check_paths(NM_ALIAS_GROUP, groups, 3);
    CHECK_CASE("relative XDG_CONFIG_HOME");
    setenv("XDG_CONFIG_HOME", "x", 1);
    check_paths(NM_ALIAS_GROUP, groups, 3);
    CHECK_CASE("XDG_CONFIG_HOME");
    setenv("XDG_CONFIG_HOME", "/x", 1);
    check_paths(NM_ALIAS_OPERATOR, operators, 3);
    rmdir(p.folder);
}

static void
a_variable_stands_for_all_places(void)
{
    static const struct {
        nm_alias_kind kind;
        const char *variable;
        const char *path;
    } rows[] = {
        {NM_ALIAS_OPERATOR, "NMSG_OPALIAS_FILE", "/some/operators"},
        {NM_ALIAS_GROUP, "NMSG_GRALIAS_FILE", "groups"},
        {NM_ALIAS_CHANNEL, "NMSG_CHALIAS_FILE", ""},
    };
    place p = place_make();
    setenv("HOME", "/h", 1);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].variable);
        nm_alias_paths paths = {.count = 0};
        setenv(rows[i].variable, rows[i].path, 1);
        CHECK_EQ(nm_alias_paths_list(rows[i].kind, &paths, NULL), NM_OK);
        CHECK_EQ(paths.count, 1);
        CHECK_TEXT(paths.paths[0], strlen(paths.paths[0]), rows[i].path);
        nm_alias_paths_clear(&paths);
    }
    rmdir(p.folder);
}

/* No aliases are made of files that this machine may have in /etc: variables name all files. */
static void
files_that_variables_name_are_read(void)
{
    place p = place_make();
    nm_alias_table *operators = NULL;
    nm_alias_table *groups = NULL;
    put_file(path_of(&p, "op"), "1 one\n2 two\nbad\n3 three\n");
    put_file(path_of(&p, "gr"), "");
    setenv("NMSG_OPALIAS_FILE", path_of(&p, "op"), 1);
    setenv("NMSG_GRALIAS_FILE", path_of(&p, "gr"), 1);
    CHECK_EQ(nm_alias_files_load(&operators, &groups, NULL), NM_OK);
    CHECK_EQ(nm_alias_count(operators), 2);
    CHECK_EQ(nm_alias_malformed_line(operators), 3);
    nm_span name = nm_alias_name(operators, 2);
    CHECK_TEXT(name.data, name.len, "two");
    CHECK(groups != NULL);
    CHECK_EQ(nm_alias_count(groups), 0);
    nm_alias_table_free(operators);
    nm_alias_table_free(groups);
    unlink(path_of(&p, "op"));
    unlink(path_of(&p, "gr"));
    rmdir(p.folder);
}

static void
missing_files_are_no_error(void)
{
    place p = place_make();
    char *const missing[] = {"none", "none/in/none", "file/below"};
    put_file(path_of(&p, "file"), "1 one\n");
    for (size_t i = 0; i < CHECK_COUNT(missing); i++) {
        char *path = p.folder;
        nm_alias_table *table = NULL;
        setenv("NMSG_GRALIAS_FILE", path_of(&p, missing[i]), 1);
        CHECK_EQ(nm_alias_file_load(NM_ALIAS_GROUP, &table, &path, NULL), NM_OK);
        CHECK(table == NULL);
        CHECK(path == NULL);
    }
    setenv("NMSG_GRALIAS_FILE", "", 1); /* Says that there is none. */
    setenv("NMSG_OPALIAS_FILE", path_of(&p, "none"), 1);
    nm_alias_table *operators = NULL;
    nm_alias_table *groups = NULL;
    CHECK_EQ(nm_alias_files_load(&operators, &groups, NULL), NM_OK);
    CHECK(operators == NULL);
    CHECK(groups == NULL);
    unlink(path_of(&p, "file"));
    rmdir(p.folder);
}

static void
the_users_own_file_comes_first(void)
{
    place p = place_make();
    mkdir(path_of(&p, ".config"), 0700);
    mkdir(path_of(&p, ".config/nmsg"), 0700);
    put_file(path_of(&p, ".config/nmsg/nmsg.opalias"), "77 own\n");
    setenv("HOME", p.folder, 1);
    nm_alias_table *table = NULL;
    char *path = NULL;
    CHECK_EQ(nm_alias_file_load(NM_ALIAS_OPERATOR, &table, &path, NULL), NM_OK);
    nm_span name = nm_alias_name(table, 77);
    CHECK_TEXT(name.data, name.len, "own");
    CHECK_OR_EXIT(path != NULL);
    CHECK_TEXT(path, strlen(path), path_of(&p, ".config/nmsg/nmsg.opalias"));
    nm_alias_table_free(table);
    free(path);
    unlink(path_of(&p, ".config/nmsg/nmsg.opalias"));
    rmdir(path_of(&p, ".config/nmsg"));
    rmdir(path_of(&p, ".config"));
    rmdir(p.folder);
}

static void
what_cannot_be_read_is_named(void)
{
    static const struct {
        const char *name;
        bool is_folder;
        bool is_unreadable;
        bool is_huge;
        nm_status status;
        int sys_errno;
    } rows[] = {
        {"a folder", true, false, false, NM_E_SYSTEM, EISDIR},
        {"no permission", false, true, false, NM_E_SYSTEM, EACCES},
        {"too large", false, false, true, NM_E_LIMIT, 0},
        {"just not too large", false, false, false, NM_OK, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        place p = place_make();
        const char *path = path_of(&p, "gr");
        if (rows[i].is_folder) {
            mkdir(path, 0700);
        } else {
            put_file(path, "1 one\n\n");
            CHECK_EQ(truncate(path, NM_ALIAS_FILE_LEN_MAX + rows[i].is_huge), 0); /* Sparse. */
            CHECK_EQ(chmod(path, rows[i].is_unreadable ? 0 : 0600), 0);
        }
        setenv("NMSG_OPALIAS_FILE", "", 1);
        setenv("NMSG_GRALIAS_FILE", path, 1);
        nm_alias_table *operators = NULL;
        nm_alias_table *groups = NULL;
        nm_error err = {.code = NM_OK};
        nm_status status = nm_alias_files_load(&operators, &groups, &err);
        if (rows[i].is_unreadable && geteuid() == 0) {
            CHECK_EQ(status, NM_OK); /* Root may read everything. */
        } else {
            CHECK_EQ(status, rows[i].status);
            CHECK_EQ(err.sys_errno, rows[i].sys_errno);
            CHECK(status == NM_OK || strstr(err.message, path) != NULL);
            CHECK_EQ(nm_alias_count(groups), status == NM_OK);
        }
        nm_alias_table_free(operators);
        nm_alias_table_free(groups);
        CHECK_EQ(remove(path), 0);
        rmdir(p.folder);
    }
}

/* A home that belongs to somebody else is none; a file named there is an error. */
static void
a_folder_that_may_not_be_searched(void)
{
    if (geteuid() == 0) {
        CHECK(true); /* Root may search everything. */
        return;
    }
    place p = place_make();
    nm_alias_table *table = NULL;
    mkdir(path_of(&p, "nmsg"), 0700);
    put_file(path_of(&p, "nmsg/nmsg.opalias"), "77 own\n");
    setenv("XDG_CONFIG_HOME", p.folder, 1);
    CHECK_EQ(chmod(path_of(&p, "nmsg"), 0), 0);
    CHECK_EQ(nm_alias_file_load(NM_ALIAS_OPERATOR, &table, NULL, NULL), NM_OK);
    CHECK_EQ(nm_alias_name(table, 77).len, 0);
    nm_alias_table_free(table);
    setenv("NMSG_OPALIAS_FILE", path_of(&p, "nmsg/nmsg.opalias"), 1);
    CHECK_EQ(nm_alias_file_load(NM_ALIAS_OPERATOR, &table, NULL, NULL), NM_E_SYSTEM);
    CHECK_EQ(chmod(path_of(&p, "nmsg"), 0700), 0);
    unlink(path_of(&p, "nmsg/nmsg.opalias"));
    rmdir(path_of(&p, "nmsg"));
    rmdir(p.folder);
}

static void
one_bad_file_leaves_both_tables_alone(void)
{
    place p = place_make();
    nm_alias_table *operators = NULL;
    nm_alias_table *groups = NULL;
    put_file(path_of(&p, "op"), "1 one\n");
    setenv("NMSG_OPALIAS_FILE", path_of(&p, "op"), 1);
    setenv("NMSG_GRALIAS_FILE", p.folder, 1);
    CHECK_EQ(nm_alias_files_load(&operators, &groups, NULL), NM_E_SYSTEM);
    CHECK(operators == NULL);
    CHECK(groups == NULL);
    unlink(path_of(&p, "op"));
    rmdir(p.folder);
}

static void
a_pipe_is_read_to_its_end(void)
{
    place p = place_make();
    int ends[2];
    char path[PATH_LEN];
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(write(ends[1], "5 five\n", 7), 7);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    setenv("NMSG_OPALIAS_FILE", path, 1);
    nm_alias_table *table = NULL;
    CHECK_EQ(nm_alias_file_load(NM_ALIAS_OPERATOR, &table, NULL, NULL), NM_OK);
    CHECK_EQ(nm_alias_count(table), 1);
    nm_alias_table_free(table);
    close(ends[0]);
    rmdir(p.folder);
}

CHECK_MAIN(CHECK_TEST(places_are_listed_in_order), CHECK_TEST(a_variable_stands_for_all_places),
           CHECK_TEST(files_that_variables_name_are_read), CHECK_TEST(missing_files_are_no_error),
           CHECK_TEST(the_users_own_file_comes_first), CHECK_TEST(what_cannot_be_read_is_named),
           CHECK_TEST(a_folder_that_may_not_be_searched),
           CHECK_TEST(one_bad_file_leaves_both_tables_alone), CHECK_TEST(a_pipe_is_read_to_its_end))
