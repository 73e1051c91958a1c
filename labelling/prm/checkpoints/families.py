"""How each known family writes a solution, and where its score is read. To add one: an entry here, a line in the docs.

``{read}`` stands right behind the token whose hidden state is read. What isn't a slot is literal, braces too.
"""

from typing import Any, Final

# Llama 3.1's chat template, as RLHFlow's own evaluation applies it.
_LLAMA_SYSTEM = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
    "Today Date: 26 Jul 2024\n\n<|eot_id|>"
)
_LLAMA_USER = "<|start_header_id|>user<|end_header_id|>\n\n"

FAMILIES: Final[dict[str, dict[str, Any]]] = {
    # TRL's PRMTrainer: prompt, steps and separators tokenised each by itself; the label at the separator's last token.
    "trl": {
        "bos": "auto",
        "prompt": "{problem}",
        "step": "{step}\n{read}",
        "apart": True,
        "head": "labels",
        "good": 1,
    },
    # Qwen2.5-Math-PRM: arXiv 2501.07301, the model's own card.
    "qwen": {
        "prompt": (
            "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
            "<|im_start|>user\n{problem}<|im_end|>\n<|im_start|>assistant\n"
        ),
        "step": "{step}<extra_0>{read}",
        "head": "labels",
        "good": 1,
        "max_tokens": 4096,
    },
    # Math-Shepherd: arXiv 2312.08935, the model's own card.
    "math-shepherd": {
        "bos": "auto",
        "prompt": "{problem} ",
        "step": "Step {number}: {step} ки{read}",
        "between": "\n",
        "head": "vocabulary",
        "good": "▁+",
        "bad": "▁-",
    },
    # RLHFlow's PRMs: a chat in which each answer is + or -; what predicts the sign is read, so one pass gives them all.
    "rlhflow": {
        "prompt": _LLAMA_SYSTEM + _LLAMA_USER + "{problem} ",
        "step": "{step}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{read}+<|eot_id|>",
        "between": _LLAMA_USER,
        "strip": True,
        "head": "vocabulary",
        "good": "+",
        "bad": "-",
    },
}
