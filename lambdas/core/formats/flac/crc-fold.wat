;; The checksum fold of `crc-fold.ts`, which says why it is right, in vectors of 128 bits.
;;
;; Memory: bytes 0 to 255 hold the sixteen vectors that fold starts from and leaves; data lies from byte 256 on.
(module
  (memory (export "memory") 3)

  ;; Takes in blocks of 256 bytes from $at while they end at or before $end, and while, if $stops is not 0, no sync code
  ;; (0xFF, then 0xF8 or 0xF9) begins in them. Returns where it stopped. The byte after the last block is looked at, too.
  (func (export "fold") (param $at i32) (param $end i32) (param $stops i32) (result i32)
    (local $from i32)
    (local $y0 v128) (local $y1 v128) (local $y2 v128) (local $y3 v128) (local $y4 v128) (local $y5 v128) (local $y6 v128) (local $y7 v128) (local $y8 v128) (local $y9 v128) (local $y10 v128) (local $y11 v128) (local $y12 v128) (local $y13 v128) (local $y14 v128) (local $y15 v128)
    (local.set $from (local.get $at))
    (local.set $y0 (v128.load (i32.const 0)))
    (local.set $y1 (v128.load offset=16 (i32.const 0)))
    (local.set $y2 (v128.load offset=32 (i32.const 0)))
    (local.set $y3 (v128.load offset=48 (i32.const 0)))
    (local.set $y4 (v128.load offset=64 (i32.const 0)))
    (local.set $y5 (v128.load offset=80 (i32.const 0)))
    (local.set $y6 (v128.load offset=96 (i32.const 0)))
    (local.set $y7 (v128.load offset=112 (i32.const 0)))
    (local.set $y8 (v128.load offset=128 (i32.const 0)))
    (local.set $y9 (v128.load offset=144 (i32.const 0)))
    (local.set $y10 (v128.load offset=160 (i32.const 0)))
    (local.set $y11 (v128.load offset=176 (i32.const 0)))
    (local.set $y12 (v128.load offset=192 (i32.const 0)))
    (local.set $y13 (v128.load offset=208 (i32.const 0)))
    (local.set $y14 (v128.load offset=224 (i32.const 0)))
    (local.set $y15 (v128.load offset=240 (i32.const 0)))
    (block $stopped
      (loop $next
        (br_if $stopped (i32.gt_u (i32.add (local.get $at) (i32.const 256)) (local.get $end)))
        (if (local.get $stops)
          (then
            (br_if $stopped (v128.any_true
              (v128.or
                (v128.or
                  (v128.or
                    (v128.or
                      (call $syncs (v128.load offset=0 (local.get $at)) (v128.load offset=1 (local.get $at)))
                      (call $syncs (v128.load offset=16 (local.get $at)) (v128.load offset=17 (local.get $at))))
                    (v128.or
                      (call $syncs (v128.load offset=32 (local.get $at)) (v128.load offset=33 (local.get $at)))
                      (call $syncs (v128.load offset=48 (local.get $at)) (v128.load offset=49 (local.get $at)))))
                  (v128.or
                    (v128.or
                      (call $syncs (v128.load offset=64 (local.get $at)) (v128.load offset=65 (local.get $at)))
                      (call $syncs (v128.load offset=80 (local.get $at)) (v128.load offset=81 (local.get $at))))
                    (v128.or
                      (call $syncs (v128.load offset=96 (local.get $at)) (v128.load offset=97 (local.get $at)))
                      (call $syncs (v128.load offset=112 (local.get $at)) (v128.load offset=113 (local.get $at))))))
                (v128.or
                  (v128.or
                    (v128.or
                      (call $syncs (v128.load offset=128 (local.get $at)) (v128.load offset=129 (local.get $at)))
                      (call $syncs (v128.load offset=144 (local.get $at)) (v128.load offset=145 (local.get $at))))
                    (v128.or
                      (call $syncs (v128.load offset=160 (local.get $at)) (v128.load offset=161 (local.get $at)))
                      (call $syncs (v128.load offset=176 (local.get $at)) (v128.load offset=177 (local.get $at)))))
                  (v128.or
                    (v128.or
                      (call $syncs (v128.load offset=192 (local.get $at)) (v128.load offset=193 (local.get $at)))
                      (call $syncs (v128.load offset=208 (local.get $at)) (v128.load offset=209 (local.get $at))))
                    (v128.or
                      (call $syncs (v128.load offset=224 (local.get $at)) (v128.load offset=225 (local.get $at)))
                      (call $syncs (v128.load offset=240 (local.get $at)) (v128.load offset=241 (local.get $at)))))))))))
        (local.set $y0 (v128.xor (v128.xor (local.get $y0) (v128.load offset=0 (local.get $at))) (v128.xor (local.get $y15) (local.get $y2))))
        (local.set $y1 (v128.xor (v128.xor (local.get $y1) (v128.load offset=16 (local.get $at))) (v128.xor (local.get $y0) (local.get $y3))))
        (local.set $y2 (v128.xor (v128.xor (local.get $y2) (v128.load offset=32 (local.get $at))) (v128.xor (local.get $y1) (local.get $y4))))
        (local.set $y3 (v128.xor (v128.xor (local.get $y3) (v128.load offset=48 (local.get $at))) (v128.xor (local.get $y2) (local.get $y5))))
        (local.set $y4 (v128.xor (v128.xor (local.get $y4) (v128.load offset=64 (local.get $at))) (v128.xor (local.get $y3) (local.get $y6))))
        (local.set $y5 (v128.xor (v128.xor (local.get $y5) (v128.load offset=80 (local.get $at))) (v128.xor (local.get $y4) (local.get $y7))))
        (local.set $y6 (v128.xor (v128.xor (local.get $y6) (v128.load offset=96 (local.get $at))) (v128.xor (local.get $y5) (local.get $y8))))
        (local.set $y7 (v128.xor (v128.xor (local.get $y7) (v128.load offset=112 (local.get $at))) (v128.xor (local.get $y6) (local.get $y9))))
        (local.set $y8 (v128.xor (v128.xor (local.get $y8) (v128.load offset=128 (local.get $at))) (v128.xor (local.get $y7) (local.get $y10))))
        (local.set $y9 (v128.xor (v128.xor (local.get $y9) (v128.load offset=144 (local.get $at))) (v128.xor (local.get $y8) (local.get $y11))))
        (local.set $y10 (v128.xor (v128.xor (local.get $y10) (v128.load offset=160 (local.get $at))) (v128.xor (local.get $y9) (local.get $y12))))
        (local.set $y11 (v128.xor (v128.xor (local.get $y11) (v128.load offset=176 (local.get $at))) (v128.xor (local.get $y10) (local.get $y13))))
        (local.set $y12 (v128.xor (v128.xor (local.get $y12) (v128.load offset=192 (local.get $at))) (v128.xor (local.get $y11) (local.get $y14))))
        (local.set $y13 (v128.xor (v128.xor (local.get $y13) (v128.load offset=208 (local.get $at))) (v128.xor (local.get $y12) (local.get $y15))))
        (local.set $y14 (v128.xor (v128.xor (local.get $y14) (v128.load offset=224 (local.get $at))) (v128.xor (local.get $y13) (local.get $y0))))
        (local.set $y15 (v128.xor (v128.xor (local.get $y15) (v128.load offset=240 (local.get $at))) (v128.xor (local.get $y14) (local.get $y1))))
        (local.set $at (i32.add (local.get $at) (i32.const 256)))
        (br $next)))
    ;; These sixteen stay: what they have already added to each other is taken back.
    (if (i32.ne (local.get $at) (local.get $from))
      (then
        (v128.store (i32.const 0) (local.get $y0))
        (v128.store offset=16 (i32.const 0) (v128.xor (local.get $y1) (local.get $y0)))
        (v128.store offset=32 (i32.const 0) (v128.xor (local.get $y2) (local.get $y1)))
        (v128.store offset=48 (i32.const 0) (v128.xor (local.get $y3) (local.get $y2)))
        (v128.store offset=64 (i32.const 0) (v128.xor (local.get $y4) (local.get $y3)))
        (v128.store offset=80 (i32.const 0) (v128.xor (local.get $y5) (local.get $y4)))
        (v128.store offset=96 (i32.const 0) (v128.xor (local.get $y6) (local.get $y5)))
        (v128.store offset=112 (i32.const 0) (v128.xor (local.get $y7) (local.get $y6)))
        (v128.store offset=128 (i32.const 0) (v128.xor (local.get $y8) (local.get $y7)))
        (v128.store offset=144 (i32.const 0) (v128.xor (local.get $y9) (local.get $y8)))
        (v128.store offset=160 (i32.const 0) (v128.xor (local.get $y10) (local.get $y9)))
        (v128.store offset=176 (i32.const 0) (v128.xor (local.get $y11) (local.get $y10)))
        (v128.store offset=192 (i32.const 0) (v128.xor (local.get $y12) (local.get $y11)))
        (v128.store offset=208 (i32.const 0) (v128.xor (local.get $y13) (local.get $y12)))
        (v128.store offset=224 (i32.const 0) (v128.xor (v128.xor (local.get $y14) (local.get $y13)) (local.get $y0)))
        (v128.store offset=240 (i32.const 0) (v128.xor (v128.xor (local.get $y15) (local.get $y14)) (local.get $y1)))
      ))
    (local.get $at))

  ;; All ones where a byte is 0xFF and the one after it 0xF8 or 0xF9.
  (func $syncs (param $bytes v128) (param $following v128) (result v128)
    (v128.and
      (i8x16.eq (local.get $bytes) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
      (i8x16.eq
        (v128.and (local.get $following) (v128.const i8x16 -2 -2 -2 -2 -2 -2 -2 -2 -2 -2 -2 -2 -2 -2 -2 -2))
        (v128.const i8x16 -8 -8 -8 -8 -8 -8 -8 -8 -8 -8 -8 -8 -8 -8 -8 -8)))))
