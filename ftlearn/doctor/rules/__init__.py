"""The rules of the doctor, a file each."""
