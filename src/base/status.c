/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the result codes, and filling nm_error. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const status_texts[NM_STATUS_COUNT] = {
#define NM_STATUS_TEXT(name, text, python_exception) [name] = text,
    NM_STATUS_LIST(NM_STATUS_TEXT)
#undef NM_STATUS_TEXT
};

const char *
nm_status_text(nm_status status)
{
    return (unsigned)status < NM_STATUS_COUNT ? status_texts[status] : "unknown status";
}

void
nm_error_fill(nm_error *err, nm_status code, int sys_errno, uint64_t offset, const char *format,
              ...)
{
    if (err == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->message, sizeof err->message, format, args); /* Cut is fine. */
    va_end(args);
    err->code = code;
    err->sys_errno = sys_errno;
    err->offset = offset;
}
