//go:build !race

#include "textflag.h"

// func clone(flags, top uintptr, f *first) int
TEXT ·clone(SB), NOSPLIT, $0-32
	MOVD flags+0(FP), R0
	MOVD top+8(FP), R1
	MOVD f+16(FP), R10
	MOVD ZR, R2
	MOVD ZR, R3
	MOVD ZR, R4
	MOVD $220, R8 // SYS_clone
	SVC
	CBZ  R0, child
	MOVD R0, ret+24(FP)
	RET

child:
	SUB  $32, RSP
	MOVD R10, 8(RSP)
	CALL ·runFirst(SB)
	BRK
