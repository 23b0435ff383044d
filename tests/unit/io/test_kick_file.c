/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files that are changed, and what is run with them. */
#include "io/kick_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

/* A name without the octets of its stamp: "D/B.STAMP.nmsg" gives "D/B..nmsg". */
static const char *
without_stamp(const char *name)
{
    static char out[256];
    enum { STAMP = 34 };
    size_t len = strlen(name);
    const char *stamp = strstr(name, ".2");
    if (stamp == NULL || len - (size_t)(stamp + 1 - name) < STAMP) {
        return name;
    }
    (void)snprintf(out, sizeof out, "%.*s%s", (int)(stamp + 1 - name), name, stamp + 1 + STAMP);
    return out;
}

static void
names_have_folder_base_stamp_and_suffix(void)
{
    static const struct {
        const char *name;
        const char *part;
        const char *whole;
    } rows[] = {
        {"out", "./.out..part", "./out..x"},
        {"a/b/out", "a/b/.out..part", "a/b/out..x"},
        {"/out", "/.out..part", "/out..x"},
        {"-", "./.-..part", "./-..x"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_kick_file *k = nm_kick_file_new(rows[i].name, ".x", "");
        CHECK_CASE(rows[i].name);
        CHECK_EQ(nm_kick_file_begin(k, NULL), NM_OK);
        CHECK(strcmp(without_stamp(nm_kick_file_part_name(k)), rows[i].part) == 0);
        CHECK(strcmp(without_stamp(nm_kick_file_name(k)), rows[i].whole) == 0);
        nm_kick_file_free(k);
    }
    nm_kick_file_free(NULL);
}

static void
what_is_not_there_cannot_be_renamed(void)
{
    nm_kick_file *k = nm_kick_file_new("/nonexistent/out", "", "true");
    nm_error err;
    CHECK_EQ(nm_kick_file_begin(k, NULL), NM_OK);
    CHECK_EQ(nm_kick_file_finish(k, &err), NM_E_SYSTEM);
    CHECK(strstr(err.message, "cannot rename /nonexistent/.out.") != NULL);
    nm_kick_file_free(k);
}

static void
the_command_gets_the_new_name(void)
{
    char folder[] = "/tmp/nmsg-test-XXXXXX";
    char path[64];
    char told[128];
    char mark[64];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/out", folder);
    (void)snprintf(mark, sizeof mark, "%s/mark", folder);
    (void)snprintf(told, sizeof told, "touch %s; rm", mark);
    nm_kick_file *k = nm_kick_file_new(path, ".x", told);
    CHECK_EQ(nm_kick_file_begin(k, NULL), NM_OK);
    FILE *file = fopen(nm_kick_file_part_name(k), "w");
    CHECK(file != NULL && fclose(file) == 0);
    CHECK_EQ(nm_kick_file_finish(k, NULL), NM_OK);
    CHECK(access(nm_kick_file_part_name(k), F_OK) != 0);
    /* "rm" runs in the background. */
    for (int i = 0; i < 1000 && access(nm_kick_file_name(k), F_OK) == 0; i++) {
        (void)usleep(10000);
    }
    CHECK(access(nm_kick_file_name(k), F_OK) != 0);
    CHECK_EQ(unlink(mark), 0);
    CHECK_EQ(rmdir(folder), 0);
    nm_kick_file_free(k);
}

CHECK_MAIN(CHECK_TEST(names_have_folder_base_stamp_and_suffix),
           CHECK_TEST(what_is_not_there_cannot_be_renamed),
           CHECK_TEST(the_command_gets_the_new_name))
