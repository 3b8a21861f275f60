/* libarchive's own settings for FreeBSD, without what only FreeBSD's base has (expat as bsdxml, libmd): both
   belong to formats that potd does not read. And with zstd and lz4, which base keeps to itself. */
#include "config_freebsd.h"

#undef HAVE_BSDXML_H
#undef HAVE_LIBMD
#undef HAVE_MD5_H
#undef HAVE_MD5INIT
#undef HAVE_RIPEMD_H
#undef HAVE_SHA_H
#undef HAVE_SHA1
#undef HAVE_SHA1_INIT
#undef HAVE_SHA256
#undef HAVE_SHA256_H
#undef HAVE_SHA256_INIT
#undef HAVE_SHA512
#undef HAVE_SHA512_H
#undef HAVE_SHA512_INIT
#undef ARCHIVE_CRYPTO_MD5_LIBMD
#undef ARCHIVE_CRYPTO_SHA1_LIBMD
#undef ARCHIVE_CRYPTO_SHA256_LIBMD
#undef ARCHIVE_CRYPTO_SHA512_LIBMD

#define HAVE_ZSTD_H 1
#define HAVE_LIBZSTD 1
#define HAVE_ZSTD_compressStream 1
#define HAVE_LZ4_H 1
#define HAVE_LZ4HC_H 1
#define HAVE_LIBLZ4 1
#define HAVE_LIBBZ2 1
