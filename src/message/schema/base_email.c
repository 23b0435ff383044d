/* SPDX-License-Identifier: Apache-2.0 */
/* base:email: mail seen by a spam trap or a mail server. */
#include "message/schema/tables.h"

static const nm_enum_value email_type_values[] = {
    {"unknown", 0}, {"spamtrap", 1}, {"rej_network", 2}, {"rej_content", 3}, {"rej_user", 4},
};

static const nm_enum email_type = NM_ENUM(email_type_values);

static const nm_field email_fields[] = {
    {8, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, 0, &email_type},
    {2, NM_NAME("headers"), NM_PB_BYTES, NM_KIND_MLSTRING, 0, NULL},
    {3, NM_NAME("srcip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {4, NM_NAME("srchost"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {5, NM_NAME("helo"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {6, NM_NAME("from"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {7, NM_NAME("rcpt"), NM_PB_BYTES, NM_KIND_STRING, NM_FIELD_REPEATED, NULL},
    {9, NM_NAME("bodyurl"), NM_PB_BYTES, NM_KIND_STRING, NM_FIELD_REPEATED, NULL},
    {10, NM_NAME("body"), NM_PB_BYTES, NM_KIND_MLSTRING, 0, NULL},
};

const nm_schema nm_schema_base_email = {
    .vendor = NM_VENDOR_BASE,
    .type = 2,
    .name = "email",
    NM_SCHEMA_FIELDS(email_fields),
};
