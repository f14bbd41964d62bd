/* Builds the ROM image in the root machine: what Moddable's linker xsl does with built-ins and modules. */
#include "xsAll.h"
#include "xsScript.h"
#include "memory.h"
#include "rom.h"

/* An instance and a slot a module, of which there is one; more does no harm. */
#define SHARING_SLOTS 16

int romCodeBytes;
static txByte* romCode;
static char moduleName[64];

const char* romModuleName(void)
{
	return moduleName;
}

void romSetModuleName(const char* name)
{
	snprintf(moduleName, sizeof moduleName, "%s", name);
}

void romPlace(const void* code, int codeBytes)
{
	romCode = (txByte*)code;
	romCodeBytes = codeBytes;
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

/* XS takes slots for sharing when it has already cut off the realm that it still reads: a collection for want of a slot would free it. */
static void reserveSlots(txMachine* root)
{
	int count;
	fxEnableGarbageCollection(root, 0);
	for (count = 0; count < SHARING_SLOTS; count++)
		fxNewSlot(root)->kind = XS_UNDEFINED_KIND;
	fxEnableGarbageCollection(root, 1);
	fxCollectGarbage(root);
}

void romSeal(txMachine* root)
{
	freezeImage(root);
	fillGlobalCache(root);
	reserveSlots(root);
	/* Sharing collects and compacts for the last time, so values are sealed after it. */
	fxShareMachine(root);
	sealValues(root);
	romProtect();
}
