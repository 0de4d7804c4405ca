"""Standard-library-only programs that run inside a sandbox.

The folder is mounted read-only in every sandbox as the package `inside`, so nothing here may import
anything of ours from outside this folder, nor anything that is not in the standard library.
"""
