/* Builds the ROM image in the root machine: the desktop's stand-in for Moddable's xsc (compile) and xsl (link). */
#include "xsAll.h"
#include "xsScript.h"
#include "memory.h"
#include "rom.h"

extern void fxRemapIDs(txMachine* the, txByte* code, txSize size, txID* ids);

int romCodeBytes;
static txByte* romCode;
static char moduleName[64];

static char* parseErrorText;
static int parseErrorBytes;

const char* romModuleName(void)
{
	return moduleName;
}

/* ---- compile ---- */

/* Keeps the first error: those after it are mostly its consequences. */
static void noteParseError(void* console, txString path, txInteger line, txString format, c_va_list arguments)
{
	int used;
	(void)console;
	if (parseErrorText[0])
		return;
	used = snprintf(parseErrorText, (size_t)parseErrorBytes, "SyntaxError: %s:%d: ", path ? path : "?", (int)line);
	vsnprintf(parseErrorText + used, (size_t)(parseErrorBytes - used), format, arguments);
}

static void ignoreParseWarning(void* console, txString path, txInteger line, txString format, c_va_list arguments)
{
	(void)console;
	(void)path;
	(void)line;
	(void)format;
	(void)arguments;
}

static txScript* parseFile(txMachine* root, FILE* file)
{
	txParser parser;
	txParserJump jump;
	txString sourceMap = NULL;
	txScript* volatile script = NULL;

	fxInitializeParser(&parser, root, root->parserBufferSize, root->parserTableModulo);
	parser.firstJump = &jump;
	parser.reportError = noteParseError;
	parser.reportWarning = ignoreParseWarning;
	if (c_setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, moduleName);
		fxParserTree(&parser, file, (txGetter)fgetc, 0, &sourceMap);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fxTerminateParser(&parser);
	return parseErrorText[0] ? NULL : script;
}

/* Interns the script's names in the root machine, so that names too lie in ROM, and writes their final numbers into
   the code. Afterwards the code depends on no table and can be run from read-only memory. */
static void linkNames(txMachine* root, txScript* script)
{
	txByte* at = script->symbolsBuffer;
	txID count, i;
	txID* ids;

	mxDecodeID(at, count);
	ids = malloc(count * sizeof(txID));
	ids[0] = XS_NO_ID;
	for (i = 1; i < count; i++) {
		ids[i] = fxNewNameC(root, (txString)at);
		at += strlen((char*)at) + 1;
	}
	fxRemapIDs(root, script->codeBuffer, script->codeSize, ids);
	free(ids);
}

/* The parser's opcodes for functions and string literals copy their bytes into a chunk, that is, into RAM. Their
   archive twins, of the same length, refer to the bytes in the code itself; Moddable's linker swaps them in like this. */
static void runInPlace(txByte* code, txSize size)
{
	txByte* at = code;
	txByte* end = code + size;
	while (at < end) {
		txU1 opcode = *(txU1*)at;
		txS1 length = gxCodeSizes[opcode];
		switch (opcode) {
		case XS_CODE_CODE_1: *(txU1*)at = XS_CODE_CODE_ARCHIVE_1; break;
		case XS_CODE_CODE_2: *(txU1*)at = XS_CODE_CODE_ARCHIVE_2; break;
		case XS_CODE_CODE_4: *(txU1*)at = XS_CODE_CODE_ARCHIVE_4; break;
		case XS_CODE_STRING_1: *(txU1*)at = XS_CODE_STRING_ARCHIVE_1; break;
		case XS_CODE_STRING_2: *(txU1*)at = XS_CODE_STRING_ARCHIVE_2; break;
		case XS_CODE_STRING_4: *(txU1*)at = XS_CODE_STRING_ARCHIVE_4; break;
		default: break;
		}
		/* gxCodeSizes: above 0 is the whole length; 0 is followed by a name; below 0 by that many bytes of a count. */
		at++;
		if (length > 0)
			at += length - 1;
		else if (length == 0)
			at += sizeof(txID);
		else if (length == -1) {
			txU1 count = *(txU1*)at;
			at += 1 + count;
		}
		else if (length == -2) {
			txU2 count;
			mxDecode2(at, count);
			at += count;
		}
		else {
			txS4 count;
			mxDecode4(at, count);
			at += count;
		}
	}
}

/* Copies the code to where it stays. */
static void placeInRom(txMachine* root, const txScript* script)
{
	romCodeBytes = script->codeSize;
	romCode = fxAllocateChunks(root, (romCodeBytes + 15) & ~15);
	memcpy(romCode, script->codeBuffer, (size_t)romCodeBytes);
}

int romCompile(txMachine* root, const char* path, char* errorText, int errorTextBytes)
{
	const char* slash = strrchr(path, '/');
	FILE* file = fopen(path, "r");
	txScript* script;

	parseErrorText = errorText;
	parseErrorBytes = errorTextBytes;
	errorText[0] = 0;
	snprintf(moduleName, sizeof moduleName, "%s", slash ? slash + 1 : path);
	if (!file) {
		snprintf(errorText, (size_t)errorTextBytes, "cannot read the bundle %s: %s", path, strerror(errno));
		return 0;
	}
	script = parseFile(root, file);
	fclose(file);
	if (!script) {
		if (!errorText[0])
			snprintf(errorText, (size_t)errorTextBytes, "SyntaxError: %s", moduleName);
		return 0;
	}
	linkNames(root, script);
	runInPlace(script->codeBuffer, script->codeSize);
	placeInRom(root, script);
	fxDeleteScript(script);
	return 1;
}

/* ---- XS's module hooks: there is one module, the bundle, and it lies in ROM ---- */

txID fxFindModule(txMachine* the, txSlot* realm, txID moduleID, txSlot* slot)
{
	/* Small, because it lies on the C stack that is measured. */
	char name[sizeof moduleName + 1];
	(void)realm;
	(void)moduleID;
	fxToStringBuffer(the, slot, name, sizeof name);
	return strcmp(name, moduleName) ? XS_NO_ID : fxNewNameC(the, name);
}

void fxLoadModule(txMachine* the, txSlot* module, txID moduleID)
{
	txScript script;
	memset(&script, 0, sizeof script);
	script.codeBuffer = romCode;
	script.codeSize = romCodeBytes;
	script.path = moduleName;
	script.version[0] = XS_MAJOR_VERSION;
	script.version[1] = XS_MINOR_VERSION;
	script.version[2] = XS_PATCH_VERSION;
	/* Without a table of symbols XS takes the code as linked, and runs it where it is. */
	fxResolveModule(the, module, moduleID, &script, C_NULL, C_NULL);
}

/* ---- seal ---- */

static void freezeInstance(txSlot* instance)
{
	txSlot* property;
	instance->flag |= XS_DONT_PATCH_FLAG;
	for (property = instance->next; property; property = property->next) {
		if (property->kind != XS_ACCESSOR_KIND)
			property->flag |= XS_DONT_SET_FLAG;
		property->flag |= XS_DONT_DELETE_FLAG;
		if (property->kind == XS_PRIVATE_KIND) {
			txSlot* field;
			for (field = property->value.private.first; field; field = field->next)
				field->flag |= XS_DONT_SET_FLAG;
		}
	}
}

/* A function or a class, and with it the object its instances inherit from. */
static void freezeFunction(txMachine* the, txSlot* function)
{
	txSlot* prototype = mxBehaviorGetProperty(the, function, mxID(_prototype), 0, XS_OWN);
	if (prototype && prototype->kind == XS_REFERENCE_KIND)
		freezeInstance(prototype->value.reference);
	freezeInstance(function);
}

static int isGlobalObject(const txSlot* instance)
{
	return instance->next && instance->next->kind == XS_GLOBAL_KIND;
}

/* Freezes what Moddable's linker freezes: built-ins, functions, classes, and the contents of buffers and collections.
   Plain objects and arrays stay as they are: the device's machine copies such an object to RAM when it is written. */
static void freezeImage(txMachine* the)
{
	txSlot* heap;
	txInteger i;
	for (i = mxInstanceInspectorsStackIndex + 1; i < mxStackIndexCount; i++) {
		txSlot* intrinsic = &the->stackTop[-1 - i];
		if (intrinsic->kind == XS_REFERENCE_KIND && !isGlobalObject(intrinsic->value.reference))
			freezeInstance(intrinsic->value.reference);
	}
	for (heap = the->firstHeap; heap; heap = heap->next) {
		txSlot* limit = heap->value.reference;
		txSlot* slot;
		for (slot = heap + 1; slot < limit; slot++) {
			switch (slot->kind) {
			case XS_INSTANCE_KIND:
				if (mxIsFunction(slot))
					freezeFunction(the, slot);
				break;
			case XS_ARRAY_BUFFER_KIND:
			case XS_DATE_KIND:
			case XS_MAP_KIND:
			case XS_SET_KIND:
			case XS_WEAK_MAP_KIND:
			case XS_WEAK_SET_KIND:
				slot->flag |= XS_DONT_SET_FLAG;
				break;
			default:
				break;
			}
		}
	}
}

/* The root's global object remembers each property it has looked up. Look them all up now: a clone that did it later
   would write into ROM. */
static void fillGlobalCache(txMachine* the)
{
	txSlot* global = mxGlobal.value.reference;
	txInteger id;
	for (id = XS_SYMBOL_ID_COUNT; id < XS_INTRINSICS_COUNT; id++)
		mxBehaviorGetProperty(the, global, (txID)id, 0, XS_ANY);
}

/* The garbage collector of a clone marks and moves the chunk behind every string, code or number it meets. Values that
   point into the root's chunks must therefore be of the kinds that it leaves alone. */
static void sealValue(txSlot* slot)
{
	switch (slot->kind) {
	case XS_STRING_KIND: slot->kind = XS_STRING_X_KIND; break;
	case XS_BIGINT_KIND: slot->kind = XS_BIGINT_X_KIND; break;
	case XS_CODE_KIND: slot->kind = XS_CODE_X_KIND; break;
	case XS_KEY_KIND: slot->kind = XS_KEY_X_KIND; break;
	case XS_ARRAY_KIND: {
		txSlot* item = slot->value.array.address;
		if (item) {
			txChunk* chunk = (txChunk*)((txByte*)item - sizeof(txChunk));
			txIndex count = (txIndex)chunk->size / sizeof(txSlot);
			if (count > slot->value.array.length)
				count = slot->value.array.length;
			for (; count > 0; count--)
				sealValue(item++);
		}
		break;
	}
	default: break;
	}
}

static void sealValues(txMachine* the)
{
	txSlot* heap;
	txSlot* slot;
	for (heap = the->firstHeap; heap; heap = heap->next) {
		txSlot* limit = heap->value.reference;
		for (slot = heap + 1; slot < limit; slot++)
			sealValue(slot);
	}
	for (slot = the->stack; slot < the->stackTop; slot++)
		sealValue(slot);
}

void romSeal(txMachine* root)
{
	freezeImage(root);
	fillGlobalCache(root);
	/* Sharing collects and compacts for the last time, so values are sealed after it. */
	fxShareMachine(root);
	sealValues(root);
	romProtect();
}
