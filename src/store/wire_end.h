/* 命令の項目の後始末 — forgets the macros with which wire.def was read. No include guard: it follows each reading. */
#undef TEXT_OF
#undef BLOB
#undef LIST
#undef NUMBER8
#undef NUMBER32
#undef NUMBER64
#undef TIME_OF
#undef REQUEST
#undef REPLY
#undef END
