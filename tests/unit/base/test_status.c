/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <errno.h>

#include "check.h"

static void
every_status_has_a_text_of_its_own(void)
{
    for (int i = 0; i < NM_STATUS_COUNT; i++) {
        const char *text = nm_status_text((nm_status)i);
        CHECK_OR_EXIT(text != NULL);
        CHECK(strlen(text) > 0);
        for (int k = 0; k < i; k++) {
            CHECK(strcmp(text, nm_status_text((nm_status)k)) != 0);
        }
    }
}

static void
success_is_zero(void)
{
    CHECK_EQ(NM_OK, 0);
}

static void
a_number_that_is_no_status_has_a_text_too(void)
{
    CHECK(nm_status_text(NM_STATUS_COUNT) != NULL);
}

static void
error_set_fills_the_struct_and_returns_the_code(void)
{
    nm_error err = {.code = NM_OK, .sys_errno = 77};
    CHECK_EQ(nm_error_set(&err, NM_E_PARSE, 1234, "field %d of %s", 7, "x"), NM_E_PARSE);
    CHECK_EQ(err.code, NM_E_PARSE);
    CHECK_EQ(err.sys_errno, 0);
    CHECK_EQ(err.offset, 1234);
    CHECK_TEXT(err.message, strlen(err.message), "field 7 of x");
}

static void
error_set_without_a_struct_returns_the_code(void)
{
    CHECK_EQ(nm_error_set(NULL, NM_E_LIMIT, 0, "%d", 1), NM_E_LIMIT);
    CHECK_EQ(nm_error_set_system(NULL, ENOENT, "%d", 1), NM_E_SYSTEM);
}

static void
a_long_message_is_cut_and_ends_in_nul(void)
{
    nm_error err;
    memset(&err, 'x', sizeof err);
    (void)nm_error_set(&err, NM_E_PARSE, 0, "%0*d", 1000, 5); /* Looked at below. */
    CHECK_EQ(err.message[sizeof err.message - 1], '\0');
    CHECK_EQ(strlen(err.message), sizeof err.message - 1);
}

static void
system_error_keeps_errno(void)
{
    nm_error err = {.offset = 9};
    CHECK_EQ(nm_error_set_system(&err, ENOENT, "cannot open %s", "a.nmsg"), NM_E_SYSTEM);
    CHECK_EQ(err.code, NM_E_SYSTEM);
    CHECK_EQ(err.sys_errno, ENOENT);
    CHECK_EQ(err.offset, 0);
    CHECK_TEXT(err.message, strlen(err.message), "cannot open a.nmsg");
}

CHECK_MAIN(CHECK_TEST(every_status_has_a_text_of_its_own), CHECK_TEST(success_is_zero),
           CHECK_TEST(a_number_that_is_no_status_has_a_text_too),
           CHECK_TEST(error_set_fills_the_struct_and_returns_the_code),
           CHECK_TEST(error_set_without_a_struct_returns_the_code),
           CHECK_TEST(a_long_message_is_cut_and_ends_in_nul), CHECK_TEST(system_error_keeps_errno))
