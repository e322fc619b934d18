//! A qwen2 model of two layers with random weights, as a GGUF file. It knows nothing; what it is made to say must
//! still be well formed, which is the point.

use std::io::Cursor;

use candle_core::{
    DType, Device, Tensor,
    quantized::{
        GgmlDType, QTensor,
        gguf_file::{self, Value},
    },
};

const WIDTH: usize = 64;
const KV_WIDTH: usize = 32;
const INNER: usize = 96;
const LAYERS: usize = 2;

/// Weights from a fixed generator, so that every run has the same model.
struct Random(u64);

impl Random {
    fn tensor(&mut self, shape: &[usize], scale: f32) -> Tensor {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| {
                self.0 = self
                    .0
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                ((self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * scale
            })
            .collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }
}

/// The vocabulary: single bytes, a few merges, control tokens.
fn vocabulary() -> (Vec<String>, Vec<i32>, Vec<String>) {
    let mut shifted = 256;
    let mut texts: Vec<String> = (0..=255u8)
        .map(|byte| {
            if matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff) {
                char::from(byte).to_string()
            } else {
                shifted += 1;
                char::from_u32(shifted - 1).unwrap().to_string()
            }
        })
        .collect();
    let merges = [
        "a n", "an s", "ans w", "answ e", "answe r", "Ġ t", "Ġt h", "Ġth e", "n o", "no n", "non e",
    ];
    texts.extend(merges.iter().map(|merge| merge.replace(' ', "")));
    let mut types = vec![1; texts.len()];
    for name in ["<|im_start|>", "<|im_end|>"] {
        texts.push(name.to_owned());
        types.push(3);
    }
    (texts, types, merges.map(str::to_owned).to_vec())
}

/// The bytes of the file.
pub fn gguf(seed: u64) -> Vec<u8> {
    let (texts, types, merges) = vocabulary();
    let tokens = texts.len();
    let mut random = Random(seed);
    let mut tensors: Vec<(String, QTensor)> = Vec::new();
    let mut add = |name: String, tensor: Tensor, kind| tensors.push((name, QTensor::quantize(&tensor, kind).unwrap()));
    let (q, f) = (GgmlDType::Q8_0, GgmlDType::F32);
    add("token_embd.weight".into(), random.tensor(&[tokens, WIDTH], 0.5), q);
    let ones = |size: usize| Tensor::ones(size, DType::F32, &Device::Cpu).unwrap();
    add("output_norm.weight".into(), ones(WIDTH), f);
    for layer in 0..LAYERS {
        let name = |part: &str| format!("blk.{layer}.{part}");
        for (part, rows) in [("attn_q", WIDTH), ("attn_k", KV_WIDTH), ("attn_v", KV_WIDTH)] {
            add(name(&format!("{part}.weight")), random.tensor(&[rows, WIDTH], 0.3), q);
            add(name(&format!("{part}.bias")), random.tensor(&[rows], 0.1), f);
        }
        add(name("attn_output.weight"), random.tensor(&[WIDTH, WIDTH], 0.3), q);
        add(name("ffn_gate.weight"), random.tensor(&[INNER, WIDTH], 0.3), q);
        add(name("ffn_up.weight"), random.tensor(&[INNER, WIDTH], 0.3), q);
        add(name("ffn_down.weight"), random.tensor(&[WIDTH, INNER], 0.3), q);
        add(name("attn_norm.weight"), ones(WIDTH), f);
        add(name("ffn_norm.weight"), ones(WIDTH), f);
    }
    let list = |texts: &[String]| Value::Array(texts.iter().cloned().map(Value::String).collect());
    let metadata = [
        ("general.architecture", Value::String("qwen2".into())),
        ("qwen2.attention.head_count", Value::U32(4)),
        ("qwen2.attention.head_count_kv", Value::U32(2)),
        ("qwen2.attention.layer_norm_rms_epsilon", Value::F32(1e-6)),
        ("qwen2.rope.freq_base", Value::F32(1e6)),
        ("qwen2.embedding_length", Value::U32(WIDTH as u32)),
        ("qwen2.feed_forward_length", Value::U32(INNER as u32)),
        ("qwen2.block_count", Value::U32(LAYERS as u32)),
        ("tokenizer.ggml.tokens", list(&texts)),
        (
            "tokenizer.ggml.token_type",
            Value::Array(types.into_iter().map(Value::I32).collect()),
        ),
        ("tokenizer.ggml.merges", list(&merges)),
        ("tokenizer.ggml.eos_token_id", Value::U32(tokens as u32 - 1)),
    ];
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let mut file = Cursor::new(Vec::new());
    gguf_file::write(&mut file, &metadata, &tensors).unwrap();
    file.into_inner()
}
