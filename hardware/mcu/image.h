/* The firmware as the desktop compiled and linked it: `xs-host --image` writes the C file of these constants. */
#ifndef EDGEBEAT_IMAGE_H
#define EDGEBEAT_IMAGE_H

extern const char imageModuleName[];

/* Bytecode; the numbers of names in it are final. */
extern const int imageCodeBytes;
extern const signed char imageCode[];

/* The names that it adds to those of the built-ins, from this number on. */
extern const int imageFirstId;
extern const int imageNameCount;
extern const char* const imageNames[];

#endif
