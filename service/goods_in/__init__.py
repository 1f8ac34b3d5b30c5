"""The piece itself: found by the code on its bag, when it comes to the hub or comes back."""
