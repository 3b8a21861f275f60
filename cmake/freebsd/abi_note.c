/* FreeBSD's ABI tag: the release a program was made for, POTD_OSREL as __FreeBSD_version counts. The kernel
   keeps old behaviour for old programs by it, and rtld knows FreeBSD's own. See elf(5), sys/elf_common.h. */
#include <sys/types.h>

#include <sys/elf_common.h>

struct potd_abi_tag {
    int name_size;
    int content_size;
    int type;
    char name[8];
    int release;
};

__attribute__((section(".note.tag"), used, aligned(4))) static const struct potd_abi_tag potd_abi_tag = {
    sizeof "FreeBSD", sizeof(int), NT_FREEBSD_ABI_TAG, "FreeBSD", POTD_OSREL};
