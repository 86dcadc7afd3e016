"""What is looked at in the manifests, one file per question; `check.py` asks all of them."""
